"""Parsing, calendar arithmetic, recurrences and time zones."""

from datetime import date, datetime, timedelta

from dateutil import easter, parser, rrule, tz
from dateutil.relativedelta import FR, relativedelta

BERLIN, NEW_YORK = tz.gettz("Europe/Berlin"), tz.gettz("America/New_York")
CALENDAR = "DTSTART:20240101T090000\nRRULE:FREQ=WEEKLY;BYDAY=MO,WE;COUNT=4\nEXDATE:20240103T090000"


def failure(text):
    try:
        parser.parse(text)
    except parser.ParserError as error:
        return str(error)


def handler(event, context):
    default = datetime(2024, 1, 31)
    before = datetime(2024, 3, 30, 2, 30, tzinfo=BERLIN)
    month = relativedelta(datetime(2024, 3, 1), datetime(2023, 1, 30, 22))
    return {
        "parsed": [parser.parse(text, default=default).isoformat() for text in event["texts"]],
        "european": parser.parse("03/04/05", dayfirst=True, yearfirst=False).date().isoformat(),
        "fuzzy": [str(part) for part in parser.parse("due on 5 May 2025, 10 pm at the latest", fuzzy_with_tokens=True)],
        "isoparse": parser.isoparse("2024-W09-4T24:00").isoformat(),
        "bad": failure("the 40th of May"),
        "end_of_month": [(date(2024, 1, 31) + relativedelta(months=n)).isoformat() for n in range(4)],
        "last_friday": (date(2024, 2, 1) + relativedelta(day=31, weekday=FR(-1))).isoformat(),
        "difference": [month.years, month.months, month.days, month.hours],
        "weekly": [day.isoformat() for day in rrule.rrulestr(CALENDAR)],
        "workdays": len(list(rrule.rrule(rrule.DAILY, datetime(2024, 2, 1), until=datetime(2024, 2, 29), byweekday=range(5)))),
        "easter": [easter.easter(year).isoformat() for year in (2024, 2025, 2038)],
        "gap": [(before + timedelta(days=1)).isoformat(), tz.datetime_exists(before + timedelta(days=1))],
        "ambiguous": tz.datetime_ambiguous(datetime(2024, 11, 3, 1, 30, tzinfo=NEW_YORK)),
        "converted": datetime(2024, 7, 1, 12, tzinfo=BERLIN).astimezone(NEW_YORK).isoformat(),
        "names": [datetime(2024, month, 1, tzinfo=NEW_YORK).tzname() for month in (1, 7)],
        "local": datetime(2024, 7, 1, tzinfo=tz.tzlocal()).isoformat(),
    }
