"""The invented city: same bytes, sums that add up, and every special case as its README says."""

import pandas as pd
import pytest

from fundeval.tables import Dataset
from tests.samples.cases import CASES, SHIPPED
from tools import make_city

FILES = list(SHIPPED.glob("*"))
TABLES = list(SHIPPED.glob("*.csv"))
KEYS = ["year", "scheme"]
BUDGET_AMOUNTS = ["initial", "adjusted", "carried_over", "executed"]
CARE_AMOUNTS = [
    "visits", "cost", "fund_paid", "bed_days", "drug_cost", "consumable_cost", "exam_cost",
]  # fmt: skip
SUBMITTED = ["initial", "adjusted"]
PRIMARY = ["community_center", "township_center", "village_clinic"]


@pytest.fixture(scope="module")
def rates(city: Dataset) -> pd.DataFrame:
    """Execution rate of every unit (rows) and year (columns), over all schemes."""
    sums = city.budgets.groupby(["unit_id", "year"])[["executed", "adjusted"]].sum()
    rate = (sums["executed"] / sums["adjusted"]).rename("rate").reset_index()
    return rate.pivot_table(values="rate", index="unit_id", columns="year")


def units_of(case: str) -> list[str]:
    return CASES[case]


def fen(frame: pd.DataFrame) -> pd.DataFrame:
    """Return money in 分, and counts, as integers; a cast that would round raises."""
    return frame.astype("Int64")


def care_of(city: Dataset, kind: str) -> pd.DataFrame:
    units = city.units.loc[city.units["kind"] == kind, ["unit_id", "parent_id"]]
    return city.services.merge(units, on="unit_id")


def primary_care(city: Dataset, county: str) -> pd.DataFrame:
    """Visits of outpatients by year: primary care, all, and the share."""
    services = city.services
    visits = services[(services["unit_id"] == county) & (services["setting"] == "outpatient")]
    total = visits.groupby("year")["visits"].sum()
    primary = visits[visits["care_level"].isin(PRIMARY)].groupby("year")["visits"].sum()
    return pd.DataFrame({"primary": primary, "share": primary / total})


def test_made_again_it_is_the_same_bytes(tmp_path):
    make_city.write(tmp_path)
    assert {file.name for file in tmp_path.iterdir()} == {file.name for file in TABLES}
    different = [
        file.name for file in TABLES if file.read_bytes() != (tmp_path / file.name).read_bytes()
    ]
    assert different == []


def test_the_package_ships_the_tables_without_their_generator():
    programs = [path.name for path in SHIPPED.parent.rglob("*.py")]
    assert programs == ["__init__.py"]


def test_it_stays_small():
    assert sum(file.stat().st_size for file in FILES) < 2_000_000


def test_every_named_unit_is_there(city):
    named = {unit for units in CASES.values() for unit in units}
    assert len(CASES) >= 30
    assert named <= set(city.units["unit_id"])


def test_it_says_that_it_is_invented(city):
    assert city.info.synthetic
    assert "虚构" in city.info.title["zh"]
    assert "Invented" in city.info.title["en"]
    regions = city.units.loc[city.units["kind"] == "region", "name"]
    assert regions.str.endswith("(虚构)").all()


def test_its_size(city):
    assert city.units["kind"].value_counts().to_dict() == {
        "department": 616,
        "hospital": 60,
        "region": 9,
        "alliance": 3,
    }
    levels = city.units.loc[city.units["kind"] == "hospital", "level"].value_counts().to_dict()
    assert levels == {"primary": 40, "secondary": 16, "tertiary": 4}
    assert sorted(city.budgets["year"].unique()) == [2020, 2021, 2022, 2023, 2024]
    assert sorted(city.budgets["scheme"].unique()) == ["employee", "resident"]


def test_hospital_budgets_are_the_sum_of_their_departments_but_for_one(city):
    budgets = city.budgets.merge(city.units[["unit_id", "kind", "parent_id"]], on="unit_id")
    of_departments = budgets[budgets["kind"] == "department"]
    sums = of_departments.groupby(["parent_id", *KEYS])[BUDGET_AMOUNTS].sum()
    hospitals = budgets[budgets["kind"] == "hospital"].set_index(["unit_id", *KEYS])
    difference = fen(hospitals[BUDGET_AMOUNTS]) - fen(sums.rename_axis(["unit_id", *KEYS]))
    differing = difference[(difference != 0).any(axis="columns")]
    assert list(differing.index) == [("H99010400001", 2024, "employee")]
    assert differing.iloc[0].to_dict() == {
        "initial": 500_000, "adjusted": 500_000, "carried_over": 0, "executed": 0,
    }  # fmt: skip


def test_the_counties_add_up_to_the_city_but_for_one_budget(city):
    children = city.units.loc[city.units["parent_id"] == "990100", "unit_id"]
    counties = city.budgets[city.budgets["unit_id"].isin(children[children.str.len() == 6])]
    whole = city.budgets[city.budgets["unit_id"] == "990100"].set_index(KEYS)[BUDGET_AMOUNTS]
    difference = fen(counties.groupby(KEYS)[BUDGET_AMOUNTS].sum()) - fen(whole)
    differing = difference[(difference != 0).any(axis="columns")]
    assert list(differing.index) == [(2024, "employee")]
    assert differing.iloc[0][SUBMITTED].tolist() == [3_000_000, 3_000_000]
    assert differing.iloc[0]["executed"] == 0


def test_a_county_pays_more_than_its_hospitals(city):
    budgets = city.budgets.merge(city.units[["unit_id", "kind", "parent_id"]], on="unit_id")
    hospitals = budgets[(budgets["kind"] == "hospital") & (budgets["parent_id"] != "990100")]
    sums = hospitals.groupby(["parent_id", *KEYS])["executed"].sum()
    counties = budgets.set_index(["unit_id", *KEYS])["executed"].loc[sums.index]
    assert len(sums) == 8 * 5 * 2
    assert (counties > sums).all()


def test_care_of_a_hospital_is_the_sum_of_its_departments(city):
    keys = [*KEYS, "setting", "care_level"]
    departments = care_of(city, "department").groupby(["parent_id", *keys])[CARE_AMOUNTS].sum()
    of_hospitals = care_of(city, "hospital")
    recent = of_hospitals[of_hospitals["year"].isin([2022, 2023, 2024])]
    hospitals = recent.groupby(["unit_id", *keys])[CARE_AMOUNTS].sum()
    departments = departments.rename_axis(hospitals.index.names)
    pd.testing.assert_frame_equal(fen(hospitals), fen(departments))


def test_care_of_a_region_is_the_sum_of_its_hospitals_and_village_clinics(city):
    keys = [*KEYS, "setting", "care_level"]
    of_hospitals = care_of(city, "hospital")
    counties = of_hospitals[of_hospitals["parent_id"] != "990100"]
    by_county = counties.groupby(["parent_id", *keys])[CARE_AMOUNTS].sum()
    whole = of_hospitals.groupby(keys)[CARE_AMOUNTS].sum()
    regions = city.services[city.services["unit_id"].str.len() == 6]
    clinics = regions["care_level"] == "village_clinic"
    summed = regions[~clinics].groupby(["unit_id", *keys])[CARE_AMOUNTS].sum()
    pd.testing.assert_frame_equal(fen(summed.loc["990100"]), fen(whole))
    by_county = by_county.rename_axis(summed.index.names)
    pd.testing.assert_frame_equal(fen(summed.drop("990100")), fen(by_county))
    village = regions[clinics].set_index(["unit_id", *KEYS])["visits"]
    assert village.loc["990100"].sum() == village.drop("990100").sum()


def test_case_mix_is_the_mean_over_the_inpatients_below(city):
    rows = city.services.assign(weighted=city.services["visits"] * city.services["case_mix"])
    inpatients = rows[rows["setting"] == "inpatient"]
    assert inpatients["case_mix"].between(0.8, 1.5).all()
    assert rows.loc[rows["setting"] == "outpatient", "case_mix"].isna().all()
    keys = [*KEYS, "care_level"]
    parents = city.units[["unit_id", "kind", "parent_id"]]
    parts = inpatients.merge(parents[parents["kind"] != "region"], on="unit_id")
    parts = parts[parts["parent_id"] != "990100"]
    summed = parts.groupby(["parent_id", *keys])[["visits", "weighted"]].sum()
    wholes = inpatients.set_index(["unit_id", *keys])["case_mix"]
    mean = (summed["weighted"] / summed["visits"]).rename_axis(wholes.index.names)
    assert len(mean) > 300
    assert (mean - wholes.loc[mean.index]).abs().max() < 0.0001 + 1e-9


def test_only_the_employees_have_personal_accounts(city):
    accounts = city.funds.set_index("scheme")["personal_closing"]
    assert (accounts["employee"] > 0).all()
    assert accounts["resident"].isna().all()


def test_what_the_fund_paid_for_care_is_what_was_executed(city):
    paid = care_of(city, "hospital").groupby(["unit_id", *KEYS])[["fund_paid"]].sum()
    executed = city.budgets.set_index(["unit_id", *KEYS])["executed"].loc[paid.index]
    assert (fen(paid)["fund_paid"] == fen(executed.to_frame())["executed"]).all()


def test_settlements_of_regions_are_the_sums_of_their_hospitals(city):
    amounts = ["cases", "fee_for_service", "paid", "points", "prepaid", "deposit", "violations"]
    rows = city.settlements.merge(city.units[["unit_id", "kind", "parent_id"]], on="unit_id")
    hospitals, regions = rows[rows["kind"] == "hospital"], rows[rows["kind"] == "region"]
    counties = hospitals[hospitals["parent_id"] != "990100"]
    regions = fen(regions.set_index(["unit_id", *KEYS])[amounts].sort_index())
    by_county = fen(counties.groupby(["parent_id", *KEYS])[amounts].sum())
    assert (regions.drop("990100") == by_county.rename_axis(regions.index.names)).all(axis=None)
    assert (regions.loc["990100"] == fen(hospitals.groupby(KEYS)[amounts].sum())).all(axis=None)


def test_months_add_up_to_the_year(city):
    months = city.monthly.groupby(["unit_id", *KEYS])[["executed", "phased_budget"]].sum()
    year = city.budgets.set_index(["unit_id", *KEYS]).loc[months.index]
    assert (fen(months)["executed"] == fen(year[["executed"]])["executed"]).all()
    counties = months.index.get_level_values("unit_id") != "990100"
    phased = fen(months)["phased_budget"][counties]
    assert (phased == fen(year[["adjusted"]])["adjusted"][counties]).all()


def test_balances_roll_forward_and_transfers_add_up_to_nothing(city):
    amounts = ["opening", "income", "transfer_in", "expenditure", "transfer_out", "closing"]
    rows = city.funds.set_index(["unit_id", "scheme", "year"])[amounts].sort_index()
    whole = fen(rows)
    closing = whole["opening"] + whole["income"] + whole["transfer_in"]
    closing = closing - whole["expenditure"] - whole["transfer_out"]
    assert (closing == whole["closing"]).all()
    before = whole["closing"].groupby(["unit_id", "scheme"]).shift()
    later = before.notna()
    assert (whole["opening"][later] == before[later]).all()
    counties = whole.drop("990100").groupby(["scheme", "year"]).sum()
    assert (counties == whole.loc["990100"]).all(axis=None)
    assert (whole.loc["990100", "transfer_in"] == whole.loc["990100", "transfer_out"]).all()


def test_a_region_spends_what_its_funds_pay(city):
    rows = city.funds.merge(city.budgets, on=["unit_id", *KEYS])
    assert (rows["expenditure"] == rows["executed"]).all()
    assert len(rows) == 90


def test_the_budget_year_has_what_a_budget_needs(city):
    ahead = city.context[city.context["year"] == 2025]
    common = ahead[ahead["scheme"] == "all"]
    assert len(common) == 9
    needed = ["gdp_growth", "population", "technology_growth", "reserve_rate"]
    assert common[needed].notna().all(axis=None)
    forecasts = ahead[ahead["scheme"] != "all"]
    assert len(forecasts) == 18
    assert forecasts["income_forecast"].notna().all()


def test_departments_below_90_two_years_running_are_the_documented_ones(city, rates):
    departments = city.units.loc[city.units["kind"] == "department", "unit_id"]
    below = rates.loc[rates.index.isin(departments)] < 0.9
    both = below[below[2023] & below[2024]]
    assert sorted(both.index) == sorted(units_of("two_years_below") + units_of("shown_as_90"))
    earlier = below[below[2022] & below[2023]]
    assert sorted(earlier.index) == ["H99010000001-D12", "H99010200001-D09"]


def test_exactly_90_and_shown_as_90(rates):
    exact = rates.loc[units_of("exactly_90"), [2023, 2024]]
    assert (exact == 0.9).all(axis=None)
    near = rates.loc[units_of("shown_as_90"), [2023, 2024]]
    assert ((near < 0.9) & (near.round(4) == 0.9)).all(axis=None)


def test_missing_year(rates):
    rate = rates.loc[units_of("missing_year")[0]]
    assert rate.isna().to_dict() == {2020: False, 2021: False, 2022: False, 2023: True, 2024: False}
    assert max(rate[2022], rate[2024]) < 0.9


def test_mergers(city, rates):
    units = city.units.set_index("unit_id")
    for case, last_year in (("merged_into_new", 2023), ("merged_into_existing", 2022)):
        old, new = units_of(case)
        assert units.loc[old, "successor_id"] == new
        assert units.loc[old, "valid_to"] == pd.Timestamp(last_year, 12, 31)
        assert rates.loc[old].last_valid_index() == last_year
    old, new = units_of("merged_into_new")
    assert max(rates.loc[old, 2023], rates.loc[new, 2024]) < 0.9
    assert rates.loc[new].first_valid_index() == 2024
    assert rates.loc[units_of("merged_into_existing")[1]].notna().all()


def test_new_in_2024(city, rates):
    unit = units_of("new_in_2024")[0]
    assert rates.loc[unit].first_valid_index() == 2024
    assert rates.loc[unit, 2024] == 0.85
    row = city.units.set_index("unit_id").loc[unit]
    assert row["valid_from"] == pd.Timestamp(2024, 1, 1)
    assert unit not in set(city.units["successor_id"])


def test_above_budget(rates):
    department, hospital = units_of("above_budget")
    assert (rates.loc[department, [2022, 2023, 2024]] > 1).all()
    assert rates.loc[department, 2024] == 1.12
    assert rates.loc[hospital, 2024] > 1.02


def test_mid_year_adjustments_change_the_verdict(city):
    budgets = city.budgets[city.budgets["year"] == 2024]
    sums = budgets.groupby("unit_id")[["initial", "adjusted", "executed"]].sum()
    by_initial = sums["executed"] / sums["initial"]
    by_adjusted = sums["executed"] / sums["adjusted"]
    up, hospital = units_of("adjusted_up")
    down = units_of("adjusted_down")[0]
    assert (by_adjusted[up], by_initial[up]) == (0.85, pytest.approx(0.952))
    assert (by_adjusted[down], by_initial[down]) == (0.94, pytest.approx(0.846))
    assert by_adjusted[hospital] < 1 < by_initial[hospital]
    changed = city.budgets[city.budgets["initial"] != city.budgets["adjusted"]]
    assert changed[["adjusted_on", "reason"]].notna().all(axis=None)
    assert set(changed["year"]) == {2024}


def test_carry_over(city):
    carrying = city.budgets[city.budgets["carried_over"] > 0]
    hospital = carrying[carrying["unit_id"].isin(units_of("carry_over"))]
    assert sorted(hospital["year"].unique()) == [2021, 2022, 2023, 2024]
    assert set(carrying["unit_id"].str[:12]) == {"990100", "990104", *units_of("carry_over")}


def test_zero_denominator(city):
    unit = units_of("zero_denominator")[0]
    row = city.budgets[(city.budgets["unit_id"] == unit) & (city.budgets["year"] == 2024)]
    assert (row[["adjusted", "executed"]] == 0).all(axis=None)
    assert (row["initial"] > 0).all()


def test_released_and_watch(rates):
    released = rates.loc[units_of("released")[0]] < 0.9
    assert released.tolist() == [False, False, True, True, False]
    watch = rates.loc[units_of("watch")[0]] < 0.9
    assert watch.tolist() == [False, False, False, False, True]


def test_low_execution_has_its_reason(city, rates):
    rows = city.budgets[city.budgets["year"] == 2024].set_index("unit_id")
    for unit in units_of("saving_or_low_volume"):
        assert rates.loc[unit, 2024] < 0.9
        assert rows.loc[[unit], "reason"].str.contains("节约|服务量不足").all()


def test_a_hospital_too_small_to_judge(city):
    services = city.services[city.services["unit_id"] == units_of("small_volume")[0]]
    visits = services.groupby("year")["visits"].sum()
    assert visits.between(15, 25).all()
    assert len(visits) == 5


@pytest.mark.parametrize(("table", "place"), [("services", 0), ("funds", 1)])
def test_one_county_changes_its_basis(city, table, place):
    rows = getattr(city, table).dropna(subset="basis")
    bases = rows.groupby("unit_id")["basis"].nunique()
    county = units_of("basis_changed")[place]
    assert bases[bases > 1].index.tolist() == [county]
    years = rows[rows["unit_id"] == county].groupby("year")["basis"].first()
    assert years[2023] == years[2020] != years[2024]


def test_primary_volume_rises_while_its_share_falls(city):
    care = primary_care(city, units_of("volume_up_share_down")[0])
    assert care["primary"][2024] > care["primary"][2023]
    assert care["share"][2024] < care["share"][2023] - 0.01


def test_deficit(city):
    negative = city.funds[city.funds["closing"] < 0]
    assert set(negative["unit_id"]) == set(units_of("deficit"))
    assert set(negative["scheme"]) == {"resident"}
    assert sorted(negative["year"]) == [2023, 2024]


def test_a_fund_that_can_pay_for_less_than_seven_months(city):
    last = city.funds[city.funds["year"] == 2024]
    low = last[(last["closing"] >= 0) & (last["closing"] < 7 / 12 * last["expenditure"])]
    assert low["unit_id"].tolist() == units_of("payable_months_low")
    assert low["scheme"].tolist() == ["employee"]


def test_flags(city):
    units = city.units.set_index("unit_id")
    stressed = units.index[units["flags"] == "economic_stress"]
    assert sorted(stressed) == units_of("economic_stress") + units_of("flag_without_effect")
    assert set(units.loc[units_of("economic_stress"), "kind"]) == {"region"}
    alliances = units[units["kind"] == "alliance"]
    not_unified = alliances.index[alliances["flags"] != "six_unified"]
    assert list(not_unified) == units_of("not_unified")
    assert set(units["alliance_id"].dropna()) == set(alliances.index)


def test_a_county_clears_by_points_and_a_member_has_no_quota(city):
    rows = city.settlements.query("year == 2024 and scheme == 'resident'").set_index("unit_id")
    regions = city.units.loc[city.units["kind"] == "region", "unit_id"].tolist()
    county, pooled, blank = units_of("points_pool")
    stated = city.settlements.dropna(subset="quota")
    stated = stated[stated["unit_id"].isin(regions)]
    assert stated[["unit_id", "year", "scheme"]].to_numpy().tolist() == [[county, 2024, "resident"]]
    assert rows.loc[pooled, "reasonable_overrun"] == 500_000_000
    assert pd.isna(rows.loc[blank, "deposit"])
    [by_heads] = units_of("capitation")
    assert rows.loc[by_heads, ["payment", "heads"]].tolist() == ["capitation", 17_000]
    alliance, member = units_of("member_without_quota")
    members = city.units.loc[city.units["alliance_id"] == alliance, "unit_id"]
    without = rows.index[rows["quota"].isna() & rows.index.isin(members)]
    assert without.tolist() == [member]


def test_what_the_context_states_of_floats_and_structure(city):
    coming = city.context.query("year == 2025 and scheme == 'all'").set_index("unit_id")
    [stating], [unknown] = units_of("float_stated"), units_of("structure_unknown")
    assert coming["budget_float"].dropna().to_dict() == {stating: 0.02}
    assert coming.index[coming["aged_share"].isna()].tolist() == [unknown]


def test_missing_measure(city):
    surveys = city.measures[city.measures["measure"] == "satisfaction"]
    asked = set(surveys.loc[surveys["year"] == 2024, "unit_id"])
    hospitals = set(city.units.loc[city.units["kind"] == "hospital", "unit_id"])
    assert hospitals - asked == set(units_of("missing_measure"))
    is_amount = city.measures["measure"] == "daily_purchase_threshold"
    assert city.measures.loc[~is_amount, "value"].between(0, 1).all()
    assert city.measures.loc[is_amount, ["unit_id", "value"]].to_numpy().tolist() == [
        ["H99010100001", 250_000.0]
    ]


def test_purchases_are_those_of_four_hospitals_in_three_weeks(city):
    """Drugs and consumables apart in one hospital, together in three: 5 × 21 days."""
    rows = city.purchases
    assert rows.groupby(["unit_id", "goods"]).size().to_dict() == {
        ("H99010000001", "consumables"): 21, ("H99010000001", "drugs"): 21,
        ("H99010100001", "both"): 21, ("H99010300001", "both"): 21, ("H99010600001", "both"): 21,
    }  # fmt: skip
    assert rows["date"].agg(["min", "max"]).dt.strftime("%m-%d").tolist() == ["12-11", "12-31"]


def test_pathway_entry_is_measured_in_larger_hospitals(city):
    entry = city.measures[city.measures["measure"] == "pathway_entry"]
    levels = entry.merge(city.units[["unit_id", "level"]], on="unit_id")["level"]
    assert levels.value_counts().to_dict() == {"secondary": 16 * 5, "tertiary": 4 * 5}


def test_incidents_are_the_documented_ones(city):
    rows = city.incidents.set_index("unit_id")
    repaired = rows.loc[units_of("incident_repaired")[0]]
    assert repaired[["times", "repaired"]].tolist() == [3, 2]
    assert rows.loc[units_of("credit_veto")[0], ["year", "incident"]].tolist() == [2023, "fraud"]
    assert rows.loc[units_of("incident_uncounted"), "times"].isna().all()


BANDS = {"0—1000元": (0, 1_000), "1000—5000元": (1_000, 5_000), "5000—20000元": (5_000, 20_000),
         "20000元以上": (20_000, float("inf"))}  # fmt: skip


def test_what_a_person_costs_lies_within_the_band(city):
    rows = city.populations[city.populations["dimension"] == "cost_band"]
    mean = (rows["cost"] / 100 / rows["persons"]).astype("float64")
    low, high = (rows["segment"].map({name: ends[at] for name, ends in BANDS.items()})
                 for at in (0, 1))  # fmt: skip
    assert mean.between(low, high).all()
    # All together are the insured and what the fund pays; the cost has care outside the city too.
    keys = ["unit_id", "year", "scheme"]
    held = rows.groupby(keys)[["persons", "fund_paid"]].sum()
    funds = city.funds.set_index(keys).loc[held.index]
    assert (held["persons"] == funds["insured"]).all()
    assert (held["fund_paid"] == funds["expenditure"]).all()
    whole = rows[rows["unit_id"] == "990100"].groupby("year")["cost"].sum()
    care = city.services[city.services["unit_id"] == "990100"].groupby("year")["cost"].sum()
    assert (whole / care.reindex(whole.index)).astype("float64").between(1.0, 1.1).all()


def test_only_stays_for_limited_diseases_are_judged_for_their_length(city):
    rows = city.screening.query("unit_id == '990100' and year == 2024").set_index("rule")
    assert rows.loc["long_stay", "records"] < 0.2 * rows.loc["drug_share", "records"]
