from tests.contract.steps import keys_of, write


def test_an_empty_store_lists_nothing(store):
    assert [] == keys_of(store)


def test_listings_are_in_the_order_of_utf8_bytes(store):
    names = ["b", "a", "a-b", "a!", "B", "a0", "é", "z", "\uff5e", "\U0001f600", "\ue000", "a\U0001f600/x", "a\ue000/x"]
    for name in names:
        write(store, name)

    assert sorted(names, key=str.encode) == keys_of(store)


def test_listings_interleave_folders_and_files_by_their_bytes(store):
    names = ["a-b", "a.b", "a/b", "a/b/c.txt", "a/b.txt", "a0"]
    for name in names[:2] + names[3:]:
        write(store, name)

    assert sorted(names[:2] + names[3:]) == keys_of(store)


def test_a_prefix_limits_a_listing(store):
    for name in ["logs/1", "logs/2", "logs-old/1", "log", "x/logs/1"]:
        write(store, name)

    assert ["logs/1", "logs/2"] == keys_of(store, "logs/")
    assert ["log", "logs-old/1", "logs/1", "logs/2"] == keys_of(store, "log")
    assert [] == keys_of(store, "nothing/")


def test_a_listing_goes_on_behind_a_key(store):
    names = ["a", "b", "c/1", "c/2", "d", "e\ue000", "e\U0001f600"]
    for name in names:
        write(store, name)

    for place, name in enumerate(names):
        assert names[place + 1 :] == keys_of(store, after=name)
    assert ["c/1", "c/2", "d"] == keys_of(store, after="bb")[:3]
    assert ["c/2"] == keys_of(store, "c/", after="c/1")


def test_a_listing_of_many_pages_misses_nothing(store):
    names = [f"{number:05d}" for number in range(203)]
    for name in names:
        write(store, name, b"x")
    store.page_size = 50

    assert [50, 50, 50, 50, 3] == [len(page) for page in store.list_pages()]
    assert names == keys_of(store)


def test_a_listing_tells_what_stat_tells(store):
    write(store, "report.csv", b"12345")

    ((listed,),) = store.list_pages()
    found = store.stat("report.csv")

    assert (found.key, found.size_bytes, found.version) == (listed.key, listed.size_bytes, listed.version)
    assert found.storage_class == listed.storage_class
    assert abs((found.modified_at - listed.modified_at).total_seconds()) <= 1
    assert {} == dict(listed.metadata)


def test_markers_of_folders_are_objects(store):
    write(store, "folder/", b"")
    write(store, "folder/file", b"x")

    assert ["folder/", "folder/file"] == keys_of(store)
    assert 0 == store.stat("folder/").size_bytes
    assert b"" == b"".join(store.read("folder/", version=store.stat("folder/").version))
