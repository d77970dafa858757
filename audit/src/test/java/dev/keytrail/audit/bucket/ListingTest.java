package dev.keytrail.audit.bucket;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keytrail.audit.bucket.BucketTables.ObjectRow;
import dev.keytrail.audit.bucket.Listing.Place;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.FakeLedger;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ListingTest {
    /** Few letters, so that prefixes and delimiters meet; among them such that UTF-16 orders otherwise than UTF-8. */
    private static final List<String> LETTERS =
            List.of("a", "b", "/", "//", "-", "\u0000", "\u0001", "\u00e9", "\uffee", "\ud83d\ude00");

    private static final ObjectRow ROW = new ObjectRow(
            List.of(new Piece("00", 1)),
            1,
            Instant.EPOCH,
            "",
            Bytes.EMPTY,
            ObjectTerms.NONE,
            Map.of(),
            ObjectRow.FULL_OBJECT,
            Optional.empty(),
            Versions.NULL,
            0,
            false);

    /** What S3's documentation says, with no thought of cost: keys in byte order, rolled up, cut into pages. */
    private static List<String> naive(
            TreeSet<String> keys, String prefix, Optional<String> delimiter, String startAfter) {
        List<String> items = new ArrayList<>();
        for (String key : keys) {
            if (!key.startsWith(prefix) || compare(key, startAfter) <= 0) {
                continue;
            }
            String item = key;
            int at = delimiter.map(d -> key.indexOf(d, prefix.length())).orElse(-1);
            if (at >= 0) {
                item = key.substring(0, at + delimiter.orElseThrow().length());
                if (item.equals(startAfter)) {
                    continue;
                }
                item = "prefix:" + item;
            }
            if (items.isEmpty() || !items.getLast().equals(item)) {
                items.add(item);
            }
        }
        return items;
    }

    private static int compare(String a, String b) {
        return Arrays.compareUnsigned(a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void pages_ofAnySize_giveWhatTheModelGives(long seed) {
        Random random = new Random(seed);
        TreeSet<String> keys = new TreeSet<>(ListingTest::compare);
        for (int i = 0; i < 60; i++) {
            keys.add(text(random, 6));
        }
        keys.remove("");
        FakeLedger ledger = new FakeLedger();
        keys.forEach(key -> ledger.put(BucketTables.OBJECTS, ObjectKeys.row("bucket", key), ROW));
        ledger.put(BucketTables.OBJECTS, ObjectKeys.row("bucket2", "a"), ROW);
        ledger.put(BucketTables.OBJECTS, ObjectKeys.row("bucke", "a"), ROW);
        for (int i = 0; i < 60; i++) {
            String prefix = text(random, 2);
            Optional<String> delimiter =
                    random.nextBoolean() ? Optional.empty() : Optional.of(LETTERS.get(random.nextInt(LETTERS.size())));
            String startAfter = random.nextBoolean() ? "" : text(random, 3);
            int size = 1 + random.nextInt(7);
            List<String> actual = paged(ledger, prefix, delimiter, startAfter, size);
            assertThat(actual)
                    .as(
                            "seed %d prefix <%s> delimiter <%s> after <%s> size %d",
                            seed, prefix, delimiter, startAfter, size)
                    .isEqualTo(naive(keys, prefix, delimiter, startAfter));
        }
    }

    private static List<String> paged(
            FakeLedger ledger, String prefix, Optional<String> delimiter, String startAfter, int size) {
        List<String> items = new ArrayList<>();
        Optional<Place> from =
                Optional.of(startAfter.isEmpty() ? Place.START : Place.after(startAfter, prefix, delimiter));
        while (from.isPresent()) {
            Listing page = Listing.of(ledger.read(), "bucket", prefix, delimiter, from.get(), size);
            assertThat(page.items().size()).isLessThanOrEqualTo(size);
            assertThat(page.next().isEmpty() || page.items().size() == size).isTrue();
            page.items()
                    .forEach(item -> items.add((item instanceof Listing.CommonPrefix ? "prefix:" : "") + item.name()));
            from = page.next();
        }
        return items;
    }

    private static String text(Random random, int lettersMax) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(lettersMax + 1); i > 0; i--) {
            text.append(LETTERS.get(random.nextInt(LETTERS.size())));
        }
        return text.toString();
    }

    @Test
    void code_keepsTheOrderOfUtf8AndComesBack() {
        Random random = new Random(11);
        for (int i = 0; i < 2000; i++) {
            String a = text(random, 5);
            String b = text(random, 5);
            assertThat(ObjectKeys.decode(ObjectKeys.code(a))).isEqualTo(a);
            assertThat(Integer.signum(ObjectKeys.code(a).compareTo(ObjectKeys.code(b))))
                    .isEqualTo(Integer.signum(compare(a, b)));
        }
    }
}
