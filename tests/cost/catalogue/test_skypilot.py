"""Every trap of the SkyPilot catalogue, each with the rows that set it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.cost.catalogue import gcphosts, skypilot
from workbench.cost.catalogue.listing import NO_DISCOUNT, OTHER_MACHINE, Listing, Reading
from workbench.cost.catalogue.skypilot import read_skypilot
from workbench.errors import SourceError

AWS = (
    "InstanceType,AcceleratorName,AcceleratorCount,vCPUs,MemoryGiB,GpuInfo,Price,SpotPrice,Region,AvailabilityZone,Arch"
)
GCP = "InstanceType,vCPUs,MemoryGiB,AcceleratorName,AcceleratorCount,GpuInfo,Region,AvailabilityZone,Price,SpotPrice"
AZURE = "InstanceType,AcceleratorName,AcceleratorCount,vCPUs,MemoryGiB,GpuInfo,Price,SpotPrice,Region,Generation"
T4 = "\"{'Gpus': [{'Name': 'T4', 'Count': 1, 'MemoryInfo': {'SizeInMiB': 16384}}], 'TotalGpuMemoryInMiB': 16384}\""
A100 = "\"{'TotalGpuMemoryInMiB': 655360, 'Gpus': [{'Name': 'A100', 'MemoryInfo': {'SizeInMiB': 81920}, 'Count': 8}]}\""


def aws(price: object, spot: object, zone: str = "use1-az1", name: str = "m7i.large", arch: str = "x86_64") -> str:
    return f"{name},,,2.0,8.0,,{price},{spot},us-east-1,{zone},{arch}"


def host(name: str, price: object, spot: object, zone: str = "us-central1-a") -> str:
    return f"{name},12.0,85.0,,,,us-central1,{zone},{price},{spot}"


def gpu(name: str, count: float, price: object, spot: object, zone: str = "us-central1-a") -> str:
    return f",,,{name},{count},,us-central1,{zone},{price},{spot}"


def read(header: str, *rows: str) -> Reading:
    return read_skypilot("\n".join((header, *rows, "")), "vms.csv")


def only(reading: Reading) -> Listing:
    (listing,) = reading.listings
    return listing


def test_a_row_becomes_a_listing_and_counts_written_as_floats_are_numbers() -> None:
    listing = only(read(AWS, aws(0.1008, 0.04)))
    assert listing == Listing("aws", "us-east-1", "m7i.large", 0.1008, 0.04, arch="x86_64", vcpus=2.0, memory_gib=8.0)
    assert listing.instance == "aws/us-east-1/m7i.large"


def test_the_spot_price_is_the_median_over_the_zones() -> None:
    rows = [aws(0.1, spot, f"use1-az{zone}") for zone, spot in enumerate((0.02, 0.05, 0.09), start=1)]
    assert only(read(AWS, *rows)).spot == 0.05
    assert only(read(AWS, *rows[:2])).spot == 0.035


def test_local_zones_inside_a_region_do_not_count() -> None:
    rows = [aws(0.08925, 0.0354), aws(0.08925, 0.0122, "use1-atl2-az1"), aws(0.08925, 0.0122, "us-east-1-atl-1a")]
    reading = read(AWS, *rows)
    assert only(reading).spot == 0.0354
    assert reading.skipped[skypilot.LOCAL_ZONE] == 2


@pytest.mark.parametrize("zone", ["use1-az6", "us-east-1b"])
def test_both_ways_to_write_a_zone_count(zone: str) -> None:
    assert only(read(AWS, aws(0.1, 0.04, zone))).spot == 0.04


@pytest.mark.parametrize("empty", ["", "0", "0.0", "nan", "-1"])
def test_an_empty_price_is_unknown_and_never_zero(empty: str) -> None:
    listing = only(read(AWS, aws(6.88, empty), aws(6.88, empty, "use1-az2")))
    assert (listing.on_demand, listing.spot, listing.no_discount) == (6.88, None, False)
    assert only(read(AWS, aws(0.1, empty), aws(0.1, 0.04, "use1-az2"))).spot == 0.04
    nothing = read(AWS, aws(empty, empty, name="p5e.48xlarge"))
    assert nothing.listings == ()
    assert any("without a price" in reason for reason in nothing.skipped)


def test_a_spot_price_equal_to_on_demand_is_no_discount() -> None:
    nowhere = read(AWS, aws(55.04, 55.04), aws(55.04, 55.04, "use1-az4"))
    assert (only(nowhere).spot, only(nowhere).no_discount) == (None, True)
    assert nowhere.skipped[NO_DISCOUNT] == 2
    somewhere = only(read(AWS, aws(55.04, 55.04), aws(55.04, 17.63, "use1-az2"), aws(55.04, 29.0, "use1-az3")))
    assert (somewhere.spot, somewhere.no_discount) == (23.315, False)


def test_the_placeholder_700_is_no_price() -> None:
    reading = read(AWS, aws(700.0, 0.04), aws(0.1, "700", "use1-az2"), aws(0.1, 0.05, "use1-az3"))
    assert (only(reading).on_demand, only(reading).spot) == (0.1, 0.05)
    assert reading.skipped[skypilot.PLACEHOLDER] == 2


def test_a_repeated_row_counts_once() -> None:
    rows = [aws(0.1, 0.02), aws(0.1, 0.02), aws(0.1, 0.04, "use1-az2"), aws(0.1, 0.06, "use1-az3")]
    reading = read(AWS, *rows)
    assert only(reading).spot == 0.04
    assert reading.skipped[skypilot.REPEATED] == 1


def test_machines_of_32_bits_are_left_out_and_arm_is_told() -> None:
    reading = read(AWS, aws(0.13, 0.04, name="c1.medium", arch="i386"), aws(0.08, 0.03, name="m7g.large", arch="arm64"))
    assert only(reading).arch == "arm64"
    assert reading.skipped[OTHER_MACHINE] == 1


@pytest.mark.parametrize(
    ("name", "arch"),
    [("m7g.large", "arm64"), ("a1.large", "arm64"), ("x2gd.large", "arm64"), ("g4dn.xlarge", "x86_64")],
)
def test_without_a_column_the_name_tells_the_instruction_set(name: str, arch: str) -> None:
    header, row = AWS.removesuffix(",Arch"), aws(0.1, 0.04, name=name, arch="").removesuffix(",")
    assert only(read(header, row)).arch == arch


def test_gpu_info_is_a_python_literal_and_the_accelerator_name_tells_the_sizes_apart() -> None:
    small = only(read(AWS, f"g4dn.xlarge,T4,1.0,4.0,16.0,{T4},0.526,0.2,us-east-1,use1-az1,x86_64"))
    assert (small.accelerator, small.accelerators, small.accelerator_memory_gib) == ("T4", 1, 16.0)
    large = only(read(AWS, f"p4de.24xlarge,A100-80GB,8.0,96.0,1152.0,{A100},27.4,9.3,us-east-1,use1-az1,x86_64"))
    assert (large.accelerator, large.accelerators, large.accelerator_memory_gib) == ("A100-80GB", 8, 80.0)


@pytest.mark.parametrize("info", ["A100", "", "\"{'Gpus': [}\"", "\"{__import__('os')}\"", "\"{'Gpus': []}\""])
def test_gpu_info_that_tells_no_memory_is_unknown(info: str) -> None:
    listing = only(read(AWS, f"p4d.24xlarge,A100,8,96,1152,{info},21.9,8.0,us-east-1,use1-az1,x86_64"))
    assert (listing.accelerator, listing.accelerator_memory_gib) == ("A100", None)


def test_parts_of_a_gpu_are_left_out() -> None:
    reading = read(AWS, "g6f.large,L4,0.125,2.0,8.0,,0.2,0.1,us-east-1,use1-az1,x86_64")
    assert reading.listings == ()
    assert reading.skipped[skypilot.PART_OF_A_GPU] == 1


def test_a_google_host_and_its_gpus_add_up() -> None:
    reading = read(
        GCP,
        host("a2-highgpu-1g", 0.73948, 0.36975),
        host("a2-highgpu-2g", 1.47895, 0.7395),
        host("n2-standard-4", 0.194236, 0.09212),
        gpu("A100", 1.0, 2.933905, 1.55827),
        gpu("A100", 2.0, 5.86781, 3.11654),
    )
    by_type = {listing.type: listing for listing in reading.listings}
    assert by_type["a2-highgpu-1g"].on_demand == pytest.approx(3.673385)
    assert by_type["a2-highgpu-1g"].spot == pytest.approx(1.92802)
    assert by_type["a2-highgpu-2g"].on_demand == pytest.approx(7.34676)
    assert (by_type["a2-highgpu-2g"].accelerator, by_type["a2-highgpu-2g"].accelerators) == ("A100", 2)
    assert by_type["n2-standard-4"].accelerator is None
    assert any("a2-highgpu-1g is its host and 1 A100" in note for note in reading.notes)


def test_where_only_one_gpu_is_listed_its_price_is_multiplied() -> None:
    listing = only(read(GCP, host("a3-highgpu-8g", 9.46006, 2.88933), gpu("H100", 1, 9.79655, 5.0)))
    assert listing.on_demand == pytest.approx(9.46006 + 8 * 9.79655)
    assert listing.spot == pytest.approx(2.88933 + 8 * 5.0)


def test_the_price_of_so_many_gpus_counts_before_that_of_one() -> None:
    listing = only(read(GCP, host("a2-highgpu-2g", 1.5, 0.7), gpu("A100", 1, 3.0, 1.5), gpu("A100", 2, 5.5, 2.5)))
    assert (listing.on_demand, listing.spot) == (7.0, 3.2)


def test_a_google_host_alone_is_no_machine() -> None:
    reading = read(GCP, host("a2-highgpu-1g", 0.73948, 0.36975), gpu("H100", 1, 9.8, 5.0))
    assert reading.listings == ()
    assert reading.skipped[gcphosts.NO_ACCELERATOR] == 1
    assert reading.skipped[gcphosts.NO_HOST] == 1


def test_gpus_of_another_region_do_not_count() -> None:
    elsewhere = gpu("A100", 1, 2.9, 1.5).replace("us-central1", "europe-west4")
    assert read(GCP, host("a2-highgpu-1g", 0.73948, 0.36975), elsewhere).listings == ()


def test_without_a_spot_price_of_the_gpu_the_whole_has_none() -> None:
    listing = only(read(GCP, host("a2-highgpu-1g", 0.73948, 0.36975), gpu("A100", 1, 2.9, "")))
    assert (listing.on_demand, listing.spot) == (3.63948, None)


def test_tpus_and_their_repeated_and_placeholder_rows_are_left_out() -> None:
    tpu = ",,,tpu-v6e-1,1,tpu-v6e-1,us-central2,us-central2-b,2.7,1.1"
    reading = read(GCP, host("n2-standard-4", 0.19, 0.09), tpu, tpu, tpu.replace("2.7,1.1", "700.0,700.0"))
    assert only(reading).type == "n2-standard-4"
    assert reading.skipped[gcphosts.TPU] == 1
    assert reading.skipped[skypilot.REPEATED] == 1
    assert reading.skipped[skypilot.PLACEHOLDER] == 2


def test_google_has_no_column_for_the_instruction_set() -> None:
    listings = read(GCP, host("t2a-standard-4", 0.15, 0.05), host("n2-standard-4", 0.19, 0.09)).listings
    assert [listing.arch for listing in listings] == ["arm64", "x86_64"]


def test_azures_spot_prices_are_a_fixed_share_and_left_out() -> None:
    reading = read(
        AZURE,
        "Standard_D2s_v5,,,2.0,8,,0.096,0.01056,eastus,V1",
        "Standard_D4ps_v5,,,4.0,16,,0.154,0.01694,eastus,V1",
        "Standard_NC40ads_H100_v5,H100,1.0,40.0,320.0,H100,6.98,6.98,eastus,V2",
        "Standard_B2s_Promo,,,2.0,4,,0.04,,eastus,V1",
    )
    assert [listing.spot for listing in reading.listings] == [None] * 4
    assert [listing.on_demand for listing in reading.listings] == [0.096, 0.154, 6.98, 0.04]
    assert [listing.arch for listing in reading.listings] == ["x86_64", "arm64", "x86_64", "x86_64"]
    assert reading.skipped[skypilot.FLAT_SPOT] == 3


def test_a_placeholder_for_spot_alone_leaves_the_price_on_demand() -> None:
    listing = only(read(GCP, host("n2-standard-4", 10.8, 700.0)))
    assert (listing.on_demand, listing.spot, listing.no_discount) == (10.8, None, False)


def test_zones_for_accelerators_alone_are_none_of_the_region() -> None:
    reading = read(GCP, host("n2-standard-4", 0.19, 0.09), host("n2-standard-4", 0.19, 0.03, "us-central1-ai1b"))
    assert only(reading).spot == 0.09
    assert reading.skipped[skypilot.LOCAL_ZONE] == 1


def test_a_row_of_several_gpus_has_the_price_of_all_of_them() -> None:
    reading = read(GCP, host("a2-highgpu-4g", 3.0, 1.5), gpu("A100", 1, 2.9, 1.2), gpu("A100", 4, 11.6, 4.8))
    assert (only(reading).on_demand, only(reading).spot) == (14.6, 6.3)


def test_a_machine_listed_with_twelve_gpus_that_has_eight_is_left_out() -> None:
    reading = read(AZURE, "Standard_ND96isr_H100_v5,H100,12.0,96.0,1900,H100,98.32,,eastus,V2")
    assert reading.listings == ()
    assert reading.skipped[skypilot.WRONG_COUNT] == 1


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("a,b\n1,2\n", r"vms\.csv: no SkyPilot catalogue: it lacks InstanceType"),
        ("", "no SkyPilot catalogue"),
        (f"{AWS}\n{aws('cheap', 0.04)}\n", r"vms\.csv:2, column 'Price': not a number. Found: 'cheap'"),
        (f"{AWS}\nx,,,2,8,,0.1,0.04,r,,x86_64\n", "which cloud it is of.*--cloud aws or gcp or azure"),
    ],
)
def test_a_damaged_catalogue_is_refused_whole(text: str, pattern: str) -> None:
    with pytest.raises(SourceError, match=pattern):
        read_skypilot(text, "vms.csv")


@given(st.lists(st.floats(min_value=0.001, max_value=0.2), min_size=1, max_size=9))
def test_the_spot_price_lies_among_those_of_the_zones_and_below_on_demand(spots: list[float]) -> None:
    reading = read(AWS, *(aws(0.1, f"{spot:.6f}", f"use1-az{zone}") for zone, spot in enumerate(spots)))
    listing = only(reading)
    market = [round(spot, 6) for spot in spots if round(spot, 6) < 0.1]
    assert (listing.spot is None) == (not market)
    assert listing.no_discount == (not market)
    if listing.spot is not None:
        assert min(market) <= listing.spot <= max(market)
        assert listing.spot < 0.1
