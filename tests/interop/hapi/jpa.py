"""The hand-made hospital on HAPI FHIR JPA."""
from world import World

BUNDLE = 50  # resources a transaction


class Jpa(World):
    """Everything that was there before is expunged."""

    def fill(self):
        everything = {"resourceType": "Parameters", "parameter": [{"name": "expungeEverything", "valueBoolean": True}]}
        self.request("POST", "$expunge", everything)
        for start in range(0, len(self.resources), BUNDLE):
            entries = [{"resource": each, "request": {"method": "PUT", "url": f"{each['resourceType']}/{each['id']}"}}
                       for each in self.resources[start:start + BUNDLE]]
            self.request("POST", "", {"resourceType": "Bundle", "type": "transaction", "entry": entries})
