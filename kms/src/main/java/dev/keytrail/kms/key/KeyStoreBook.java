package dev.keytrail.kms.key;

import dev.keytrail.call.Change;
import dev.keytrail.call.RowCodec;
import dev.keytrail.call.State;
import dev.keytrail.call.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * What must be unique among the custom key stores of one account and Region, in {@code kms.key-stores} under
 * {@code account/region}: written with every change of it, so that no two changes pass each other.
 */
public record KeyStoreBook(String account, String region, List<Entry> entries) {
    /** AWS's quota (kms.md section 18). */
    public static final int COUNT_MAX = 10;

    public static final Table<KeyStoreBook> TABLE = new Table<>(
            "kms.key-stores",
            RowCodec.of(
                    (book, out) -> out.version(1)
                            .text(book.account)
                            .text(book.region)
                            .list(
                                    book.entries,
                                    (entry, to) ->
                                            to.text(entry.id).text(entry.name).text(entry.place)),
                    in -> {
                        in.version(1);
                        return new KeyStoreBook(
                                in.text(),
                                in.text(),
                                in.list(from -> new Entry(from.text(), from.text(), from.text())));
                    }));

    /** @param place the proxy's endpoint and path, or the cluster */
    public record Entry(String id, String name, String place) {}

    public KeyStoreBook {
        entries = List.copyOf(entries);
    }

    public static KeyStoreBook of(State state, String account, String region) {
        return state.get(TABLE, account + "/" + region).orElseGet(() -> new KeyStoreBook(account, region, List.of()));
    }

    /** What a store occupies. */
    public static String place(CustomKeyStore.Backend backend) {
        return switch (backend) {
            case CustomKeyStore.Proxy proxy -> proxy.endpoint() + proxy.path();
            case CustomKeyStore.Cluster cluster -> cluster.clusterId();
        };
    }

    /**
     * The book with this store as it is now.
     *
     * @throws dev.keytrail.call.Refused when another store has its name or place, or there are too many
     */
    public KeyStoreBook with(CustomKeyStore store) {
        String place = place(store.backend());
        List<Entry> others = without(store.id()).entries;
        if (others.size() >= COUNT_MAX) {
            throw KmsErrors.limitExceeded("You have reached the limit of " + COUNT_MAX + " custom key stores.");
        }
        demand(others, entry -> !entry.name.equals(store.name()), KeyStoreErrors.nameInUse(store.name()));
        demand(
                others,
                entry -> !entry.place.equals(place),
                store.proxy().isPresent() ? KeyStoreErrors.uriInUse(place) : KeyStoreErrors.clusterInUse(place));
        List<Entry> all = new ArrayList<>(others);
        all.add(new Entry(store.id(), store.name(), place));
        all.sort(java.util.Comparator.comparing(Entry::id));
        return new KeyStoreBook(account, region, all);
    }

    public KeyStoreBook without(String id) {
        return new KeyStoreBook(
                account,
                region,
                entries.stream().filter(entry -> !entry.id.equals(id)).toList());
    }

    public Change<KeyStoreBook> put() {
        return Change.put(TABLE, account + "/" + region, this);
    }

    private static void demand(List<Entry> others, Predicate<Entry> fits, dev.keytrail.call.Refused otherwise) {
        if (!others.stream().allMatch(fits)) {
            throw otherwise;
        }
    }
}
