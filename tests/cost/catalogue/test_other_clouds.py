"""Catalogues of clouds that the price book does not have: what was found in whole ones, each with rows that show it."""

from __future__ import annotations

import pytest

from workbench.cost.catalogue import skypilot
from workbench.cost.catalogue.skypilot import read_skypilot
from workbench.errors import SourceError

from .test_skypilot import GCP, only, read

LAMBDA = "InstanceType,AcceleratorName,AcceleratorCount,vCPUs,MemoryGiB,Price,Region,GpuInfo,SpotPrice"


def others(n: int, each: int, total: int) -> str:
    size = f"'MemoryInfo': {{'SizeInMiB': {each}}}"
    return f"\"{{'Gpus': [{{'Name': 'V100', 'Count': {n}.0, {size}}}], 'TotalGpuMemoryInMiB': {total}}}\""


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_other_clouds_are_named_by_the_option_or_the_folder(line_end: str) -> None:
    text = line_end.join((LAMBDA, f"gpu_1x_v100,V100,1.0,8.0,64.0,0.79,us-east-1,{others(1, 16384, 16384)},", ""))
    kept = "somewhere/catalogs/v8/lambda/vms.csv"
    for reading in (read_skypilot(text, "vms.csv", "lambda"), read_skypilot(text, kept)):
        listing = only(reading)
        assert listing.instance == "lambda/us-east-1/gpu_1x_v100"
        assert (listing.on_demand, listing.spot, listing.accelerator_memory_gib) == (0.79, None, 16.0)
    with pytest.raises(SourceError, match="or the name of another cloud"):
        read_skypilot(text, "vms.csv")


def test_zones_of_oracle_are_domains_and_its_types_are_not_amazons() -> None:
    where = "af-casablanca-1,AF-CASABLANCA-1-AD-1"
    reading = read(
        GCP.replace("Region,AvailabilityZone,Price,SpotPrice", "Price,SpotPrice,Region,AvailabilityZone"),
        f"VM.Standard.E4.Flex$_2_8,2,8,,,,0.037,0.0185,{where}",
        f"VM.Standard.A1.Flex$_2_8,2,8,,,,0.02,,{where}",
        f"BM.GPU.GB200.4,144,960,GB200,4,{others(4, 196608, 786432)},64,,{where}",
    )
    assert [listing.instance.split("/")[0] for listing in reading.listings] == ["oci"] * 3
    assert [listing.arch for listing in reading.listings] == ["x86_64", "arm64", "arm64"]
    assert [listing.accelerator_memory_gib for listing in reading.listings] == [None, None, 192.0]
    assert not reading.skipped[skypilot.LOCAL_ZONE]


def test_memory_that_is_the_same_for_one_gpu_and_for_all_is_unknown() -> None:
    """One catalogue writes 16 GiB twice for eight V100, another 281 GiB twice for two H200."""
    for n, each in ((8, 16384), (2, 287542)):
        row = f"gpu,V100,{n}.0,88.0,448.0,6.32,us-east-1,{others(n, each, each)},"
        listing = only(read_skypilot(f"{LAMBDA}\n{row}\n", "vms.csv", "lambda"))
        assert (listing.accelerators, listing.accelerator_memory_gib) == (n, None)


def test_regions_of_a_marketplace_are_places_and_one_without_a_name_is_left_out() -> None:
    rows = [f"1x-V100,V100,1,32,64.0,2.65,{place},," for place in ('"France, FR, EU"', '", US, NA"', '""', "a/b")]
    reading = read_skypilot("\n".join((LAMBDA, *rows, "")), "vms.csv", "vast")
    assert [listing.instance for listing in reading.listings] == [
        "vast/France, FR, EU/1x-V100",
        "vast/, US, NA/1x-V100",
    ]
    assert reading.skipped[skypilot.NO_NAME] == 2
