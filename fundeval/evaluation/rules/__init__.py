"""The rules that judge: restriction, settlement, early warning, adjustment, findings."""
