"""The time zone of a hospital whose records are made now: one where it is afternoon, so that today's results lie behind and midnight far ahead."""

import datetime


def afternoon(now=None):
    """Hours from UTC, the zone's name, and the day there."""
    now = now or datetime.datetime.now(datetime.timezone.utc)
    hours = (14 - now.hour + 12) % 24 - 12
    return hours, "UTC" if hours == 0 else "Etc/GMT%+d" % -hours, (now + datetime.timedelta(hours=hours)).date()
