"""What platform/time/local_time.py says to local_time.c. Both together: tests/handlers/local_time.py."""

import unittest
import zoneinfo

from support import load_runtime

load_runtime()
from wasmlam_runtime import local_time  # noqa: E402

RULES = "CET-1CEST,M3.5.0,M10.5.0/3"
JANUARY, JULY, CHANGE = 1767268800, 1782907200, 1792890000  # CHANGE: 2026-10-25 01:00 UTC, where 3:00 becomes 2:00


class LookUp(unittest.TestCase):
    def test_summer_and_winter(self):
        for name in ("Europe/Berlin", RULES):
            zone = local_time._zone(name)
            self.assertEqual(local_time.look_up(zone, JANUARY, False), (False, 3600, 7200, "CET"))
            self.assertEqual(local_time.look_up(zone, JULY, False), (True, 7200, 3600, "CEST"))
            self.assertEqual(local_time.look_up(zone, CHANGE - 1, False)[0], True)
            self.assertEqual(local_time.look_up(zone, CHANGE, False)[0], False)

    def test_by_the_zones_own_clocks(self):
        zone = local_time._zone("Europe/Berlin")
        self.assertEqual(local_time.look_up(zone, CHANGE + 2 * 3600 - 1, True)[0], True)  # 2:59:59, the first of two
        self.assertEqual(local_time.look_up(zone, CHANGE + 2 * 3600, True)[0], False)  # 3:00

    def test_a_zone_without_summer_time(self):
        zone = local_time._zone("Asia/Kolkata")
        self.assertEqual(local_time.look_up(zone, JULY, False), (False, 19800, 19800, "IST"))

    def test_a_time_that_no_calendar_has(self):
        zone = local_time._zone(RULES)
        for far in (-(10**18), 10**18):
            self.assertEqual(local_time.look_up(zone, far, False)[3], "CET")

    def test_what_is_no_zone(self):
        for name in ("Nowhere/Land", "../etc/passwd", "/etc/passwd", "x"):
            with self.assertRaises(ValueError):
                local_time._zone(name)

    def test_without_days_those_of_the_united_states_hold(self):
        for name in ("EST5EDT4", "EST5EDT4,", "<EST>5<EDT>4:00:00"):
            zone = local_time._zone(name)
            self.assertEqual(local_time.look_up(zone, JANUARY, False), (False, -18000, -14400, name[1:4] if "<" in name else "EST"))
            self.assertEqual(local_time.look_up(zone, JULY, False)[:2], (True, -14400))
            self.assertEqual(local_time.look_up(zone, 1772953200 - 1, False)[0], False)  # 2026-03-08 2:00 EST
            self.assertEqual(local_time.look_up(zone, 1772953200, False)[0], True)
        self.assertEqual(local_time.look_up(local_time._zone("XYZ-3"), JULY, False), (False, 10800, 10800, "XYZ"))

    def test_rules_are_posix_s(self):
        self.assertIsInstance(local_time._zone("EST+05EDT,M4.1.0,M10.5.0"), zoneinfo.ZoneInfo)
