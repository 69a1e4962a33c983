"""flap_damping: what a lossy link loses is in the status, and the Backup waits for more adverts."""

import json

import jsonschema

from lab import Director, Lab, ROOT, wait
from lab.claims import firewall
from lab.config import instance

INTERVAL = 0.05


def test_a_lossy_link_lengthens_the_down_timer_issue_8_20():
    with Lab() as lab:
        one = Director(lab.host("one", "10.9.0.1/16"),
                       instance("web", 1, 200, advert_int=INTERVAL)).start()
        one.wait_state("web", "active")
        two = Director(lab.host("two", "10.9.0.2/16"),
                       instance("web", 1, 100, advert_int=INTERVAL, more="flap_damping")).start()
        two.wait_state("web", "backup")
        assert one.instance("web")["flap_damping"] is None
        assert two.instance("web")["flap_damping"] == {"loss_permille": 0, "down_timer_adverts": 3}
        firewall(two.host, "meta l4proto 112 numgen random mod 100 < 40 drop")
        wait(lambda: two.instance("web")["flap_damping"]["loss_permille"] > 200, 20,
             "the loss is seen")
        assert two.instance("web")["flap_damping"]["down_timer_adverts"] == 6
        schema = json.loads((ROOT / "doc" / "status.schema.json").read_text())
        jsonschema.validate(two.status(), schema)
        firewall(two.host)
        wait(lambda: two.instance("web")["flap_damping"]["down_timer_adverts"] == 3, 20,
             "the loss is forgotten")
