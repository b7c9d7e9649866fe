"""The name and the notes of a version: given when it is frozen, changed afterwards."""

import pytest

from annotator.kernel.errors import ConflictError
from training.versions.deleting import delete_version
from training.versions.versions import describe_version, request_version

from ...annotator.conftest import client_of
from ..conftest import Pond, freeze, make_pond

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_version_is_frozen_with_a_name_and_both_can_be_changed(pond: Pond) -> None:
    client = client_of(pond.lead)
    address = f"/api/datasets/{pond.dataset.slug}/versions/"
    made = client.post(address, {"name": " Winter ", "notes": "snow"}, format="json")
    assert made.status_code == 202
    assert (made.json()["name"], made.json()["notes"]) == ("Winter", "snow")
    one = f"/api/versions/{made.json()['id']}/"
    changed = client.patch(one, {"name": "Winter 26"}, format="json").json()
    assert (changed["name"], changed["notes"]) == ("Winter 26", "snow")
    changed = client.patch(one, {"notes": ""}, format="json").json()
    assert (changed["name"], changed["notes"]) == ("Winter 26", "")
    assert client.patch(one, {"name": "two\nlines"}, format="json").status_code == 400
    assert client_of(pond.reviewer).patch(one, {"name": "x"}, format="json").status_code == 403


def test_no_two_versions_of_a_dataset_have_one_name(pond: Pond) -> None:
    first, second = freeze(pond), freeze(pond)
    describe_version(first, name="Winter")
    with pytest.raises(ConflictError, match="Version 1 of this dataset is called “Winter”"):
        describe_version(second, name="wINTER")
    with pytest.raises(ConflictError, match="choose another name"):
        request_version(pond.dataset, created_by=pond.lead, name="Winter")
    assert pond.dataset.versions.count() == 2
    describe_version(first, name="Winter")  # its own
    describe_version(second, name="")
    describe_version(first, name="")  # several without a name
    describe_version(first, name="Winter")
    delete_version(first)
    describe_version(second, name="Winter")
    other = make_pond()
    other.fill(train=1, val=1, test=0)
    assert request_version(other.dataset, created_by=other.lead, name="Winter").name == "Winter"
