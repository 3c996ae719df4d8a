"""Soil: what every floor may use.  Clock, typed ids, secrets, the error root, retry schedules."""
