"""Zones from the database that pytz brings along."""

from datetime import datetime, timedelta

import pytz

BERLIN, NEW_YORK = pytz.timezone("Europe/Berlin"), pytz.timezone("America/New_York")


def failure(function, *arguments, **options):
    try:
        function(*arguments, **options)
    except (pytz.exceptions.Error, KeyError) as error:
        return [type(error).__name__, str(error)]


def handler(event, context):
    moment = pytz.utc.localize(datetime.fromisoformat(event["utc"]))
    late = BERLIN.localize(datetime(2024, 3, 31, 1, 30))
    return {
        "moment": {name: moment.astimezone(pytz.timezone(name)).strftime("%Y-%m-%d %H:%M:%S %Z%z") for name in event["zones"]},
        "winter_and_summer": [str(BERLIN.localize(datetime(2024, month, 1)).utcoffset()) for month in (1, 7)],
        "over_the_gap": [(late + timedelta(hours=1)).isoformat(), BERLIN.normalize(late + timedelta(hours=1)).isoformat()],
        "twice": [NEW_YORK.localize(datetime(2024, 11, 3, 1, 30), is_dst=dst).isoformat() for dst in (True, False)],
        "ambiguous": failure(NEW_YORK.localize, datetime(2024, 11, 3, 1, 30), is_dst=None),
        "never": failure(BERLIN.localize, datetime(2024, 3, 31, 2, 30), is_dst=None),
        "unknown": failure(pytz.timezone, "Europe/Bonn"),
        "swiss": [pytz.country_names["ch"], *pytz.country_timezones["ch"]],
        "same_object": pytz.timezone("europe/berlin") is BERLIN,
        "fixed": str(pytz.FixedOffset(330).utcoffset(None)),
        "known": "Asia/Kolkata" in pytz.all_timezones_set,
    }
