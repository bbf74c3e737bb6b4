#: {}
import datetime


def handler(event, context):
    moment = datetime.datetime(2026, 2, 3, 4, 5, 6, 789, datetime.timezone.utc)
    return [moment.isoformat(), moment.strftime("%a %d %b %Y %H:%M:%S %z"), moment.timestamp(), str(datetime.timedelta(days=1, seconds=1))]
