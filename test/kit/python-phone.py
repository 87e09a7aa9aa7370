"""Another technician's app: python-caldav, which writes without a precondition, as many phones do. One action a run."""
import datetime
import json
import sys

import caldav

order = json.loads(sys.argv[1])
client = caldav.DAVClient(url=order["calendar"], username=order["username"], password=order["password"])
calendar = caldav.Calendar(client=client, url=order["calendar"])
when = lambda text: datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def find(words):
    found = [event for event in calendar.events() if words in event.data]
    if len(found) != 1:
        sys.exit(f"{len(found)} events hold {words!r}")
    return found[0]


action = order["action"]
if action == "create":
    calendar.save_event(dtstart=when(order["start"]), dtend=when(order["end"]), summary=order["title"])
elif action == "retitle":
    event = find(order["words"])
    event.vobject_instance.vevent.summary.value = order["title"]
    event.save()
elif action == "move":
    event = find(order["words"])
    vevent = event.vobject_instance.vevent
    for prop, text in ((vevent.dtstart, order["start"]), (vevent.dtend, order["end"])):
        prop.value = when(text).astimezone(prop.value.tzinfo)
    event.save()
elif action == "delete":
    find(order["words"]).delete()
elif action == "titles":
    print(json.dumps([event.vobject_instance.vevent.summary.value for event in calendar.events()]))
else:
    sys.exit(f"unknown action {action!r}")
