-- What tests/benchmarks/detail.py compares with: the same tables, written by hand for DuckDB.
CREATE TEMP TABLE totals AS
SELECT unit_id, department_id, year, scheme, setting, care_level,
    count(*) AS records,
    count_if(year NOT BETWEEN 1990 AND 2100 OR NOT cost BETWEEN 0 AND 1e8
        OR NOT fund_paid BETWEEN 0 AND cost OR NOT drug_cost BETWEEN 0 AND 1e8
        OR NOT exam_cost BETWEEN 0 AND 1e8 OR NOT bed_days BETWEEN 0 AND 1e6
        OR NOT weight BETWEEN 0.0001 AND 1e6 OR drug_cost + exam_cost > cost + 0.03) AS wrong,
    count(cost) AS cost_given, sum(round(cost * 100)::BIGINT) AS cost,
    count(fund_paid) AS fund_paid_given, sum(round(fund_paid * 100)::BIGINT) AS fund_paid,
    count(drug_cost) AS drug_cost_given, sum(round(drug_cost * 100)::BIGINT) AS drug_cost,
    count(exam_cost) AS exam_cost_given, sum(round(exam_cost * 100)::BIGINT) AS exam_cost,
    count(bed_days) AS bed_days_given, sum(round(bed_days * 10000)::BIGINT) AS bed_days,
    count(weight) AS weight_given, sum(round(weight * 10000)::BIGINT) AS weight,
    count_if(setting = 'inpatient' AND person_id IS NOT NULL) AS frequent_stays_eligible,
    count_if(setting = 'outpatient' AND drug_cost IS NOT NULL) AS single_purchase_eligible,
    count_if(setting = 'outpatient' AND drug_cost > 5000) AS single_purchase_flagged,
    sum(round(cost * 100)::BIGINT) FILTER (setting = 'outpatient' AND drug_cost > 5000)
        AS single_purchase_cost,
    count_if(setting = 'inpatient' AND cost > 0 AND drug_cost IS NOT NULL) AS drug_share_eligible,
    count_if(setting = 'inpatient' AND round(drug_cost * 100) * 5 > round(cost * 100) * 3)
        AS drug_share_flagged,
    sum(round(cost * 100)::BIGINT)
        FILTER (setting = 'inpatient' AND round(drug_cost * 100) * 5 > round(cost * 100) * 3)
        AS drug_share_cost,
    count_if(setting = 'inpatient' AND bed_days IS NOT NULL
        AND left(disease_group, 3) IN ('K35', 'K36', 'K37')) AS long_stay_eligible,
    count_if(setting = 'inpatient' AND bed_days > 10
        AND left(disease_group, 3) IN ('K35', 'K36', 'K37')) AS long_stay_flagged,
    sum(round(cost * 100)::BIGINT) FILTER (setting = 'inpatient' AND bed_days > 10
        AND left(disease_group, 3) IN ('K35', 'K36', 'K37')) AS long_stay_cost
FROM 'FILES'
GROUP BY ALL;

CREATE TEMP TABLE repeated AS
SELECT record_id, count(*) AS records FROM 'FILES'
GROUP BY ALL HAVING records > 1 OR record_id IS NULL;

CREATE TEMP TABLE frequent AS
SELECT unit_id, department_id, year, count(*) AS flagged,
    sum(round(cost * 100)::BIGINT) AS cost_flagged
FROM 'FILES' SEMI JOIN (
    SELECT person_id, year FROM 'FILES' WHERE setting = 'inpatient'
    GROUP BY ALL HAVING count(*) > 6
) USING (person_id, year)
WHERE setting = 'inpatient'
GROUP BY ALL;

CREATE TEMP TABLE levels AS
SELECT *, unit_id AS level_id, true AS whole FROM totals
UNION ALL
SELECT *, department_id, false FROM totals WHERE department_id IS NOT NULL;

CREATE TEMP TABLE services AS
SELECT level_id AS unit_id, year, scheme, setting, care_level,
    sum(records)::BIGINT AS visits,
    CASE WHEN sum(cost_given) = sum(records) THEN sum(cost) / 100 END AS cost,
    CASE WHEN sum(fund_paid_given) = sum(records) THEN sum(fund_paid) / 100 END AS fund_paid,
    CASE WHEN sum(drug_cost_given) = sum(records) THEN sum(drug_cost) / 100 END AS drug_cost,
    CASE WHEN sum(exam_cost_given) = sum(records) THEN sum(exam_cost) / 100 END AS exam_cost,
    CASE WHEN sum(bed_days_given) = sum(records) THEN sum(bed_days) / 10000 END AS bed_days,
    CASE WHEN setting = 'inpatient' THEN sum(weight) / sum(weight_given) / 10000 END AS case_mix
FROM levels GROUP BY level_id, year, scheme, setting, care_level ORDER BY ALL;

CREATE TEMP TABLE settlements AS
SELECT level_id AS unit_id, year, scheme, sum(records)::BIGINT AS cases,
    CASE WHEN sum(fund_paid_given) = sum(records) THEN sum(fund_paid) / 100 END
        AS fee_for_service,
    sum(weight) FILTER (setting = 'inpatient') / 10000 AS points
FROM levels GROUP BY level_id, year, scheme ORDER BY ALL;

CREATE TEMP TABLE screening AS
WITH judged AS (
    FROM levels SELECT level_id, year, whole, 'single_purchase' AS rule,
        single_purchase_eligible AS eligible, single_purchase_flagged AS flagged,
        single_purchase_cost AS cost
    UNION ALL
    FROM levels SELECT level_id, year, whole, 'drug_share', drug_share_eligible,
        drug_share_flagged, drug_share_cost
    UNION ALL
    FROM levels SELECT level_id, year, whole, 'long_stay', long_stay_eligible, long_stay_flagged,
        long_stay_cost
    UNION ALL
    FROM levels SELECT level_id, year, whole, 'frequent_stays', frequent_stays_eligible, 0, 0
    UNION ALL
    FROM frequent SELECT unit_id, year, true, 'frequent_stays', 0, flagged, cost_flagged
    UNION ALL
    FROM frequent SELECT department_id, year, false, 'frequent_stays', 0, flagged, cost_flagged
    WHERE department_id IS NOT NULL
)
SELECT level_id AS unit_id, year, whole, rule, sum(eligible) AS eligible, sum(flagged) AS flagged,
    sum(cost) / 100 AS cost_flagged, sum(flagged) / nullif(sum(eligible), 0) AS share
FROM judged GROUP BY ALL ORDER BY ALL
