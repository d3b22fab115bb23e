"""The SQL of revision 0012: numbers for the events of cases, and how those who wait come to look."""

# In the order in which they are listed.
NUMBERED = """
UPDATE case_event e SET number = n.number
FROM (SELECT id, row_number() OVER (PARTITION BY case_id ORDER BY created_at, id) AS number FROM case_event) n
WHERE e.id = n.id
"""
COUNTED = """
UPDATE shared_case c SET event_count = n.count
FROM (SELECT case_id, count(*) FROM case_event GROUP BY case_id) n WHERE n.case_id = c.id
"""

STATEMENTS = (
    NUMBERED,
    COUNTED,
    "GRANT UPDATE (event_count) ON shared_case TO lantern_app",
    "ALTER TABLE nudge ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE nudge FORCE ROW LEVEL SECURITY",
    "CREATE POLICY owner ON nudge TO CURRENT_USER USING (true) WITH CHECK (true)",
    "GRANT INSERT ON nudge TO lantern_app",
    # It says nothing; whoever acts may add one.
    "CREATE POLICY added ON nudge FOR INSERT TO lantern_app WITH CHECK ((SELECT viewer_id()) IS NOT NULL)",
    "GRANT SELECT, DELETE ON nudge TO lantern_worker",
    "CREATE POLICY worker ON nudge TO lantern_worker USING (true) WITH CHECK (true)",
)
