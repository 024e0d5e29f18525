"""Every limit on the size of an input, with its reason."""

# The process that opens a workbook. The largest sheet a spreadsheet can hold, 1 048 576 rows,
# takes 1.8 GB at 20 columns; a sheet of one cell in each far corner asks for 550 GB.
WORKBOOK_MEMORY = 3 * 2**30
# That same sheet takes about a minute, longer where other work goes on beside it.
WORKBOOK_SECONDS = 300
# What the process may hand over: the cells of that sheet take 0.3 GB.
WORKBOOK_OUTPUT = 2 * 2**30
# A file is read in blocks, but in a text a quote that never closes makes one cell of the rest; and
# what is read is held on the disk. Of 50 million budgets a Parquet file has about 1 GB.
FILE_BYTES = 2 * 2**30
# No submission has more; a crafted Parquet file of a few bytes can claim thousands of millions.
ROWS = 50_000_000
COLUMNS = 1_000
# A spreadsheet holds no more in a cell.
CELL_CHARACTERS = 32_767
# What an embedded database may take to sort a table; beyond it sorts on the disk.
DATABASE_MEMORY = "1GB"
# A server that does not answer by then is not there.
CONNECT_SECONDS = 10
# A view may have no end, or take days: a table of 50 million rows is sorted in minutes.
QUERY_SECONDS = 900
# Rows read at a time, so that memory does not grow with the file.
BLOCK_ROWS = 50_000
# Rows in which a header is looked for: a title, a line with the unit, notes and the header.
HEADER_WITHIN = 12
# A wrong column can break one rule in every row: cells after these are only counted.
LISTED_ALIKE = 1_000
