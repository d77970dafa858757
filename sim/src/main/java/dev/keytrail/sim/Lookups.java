package dev.keytrail.sim;

import java.time.Duration;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** Event history, asked for page by page and held against the chronicle. */
final class Lookups {
    private static final Duration RETENTION = Duration.ofDays(90);

    private Lookups() {}

    /** An attribute to look up by, and what it finds. */
    record By(String attribute, String value, Predicate<Entry> finds) {}

    /** What LookupEvents must find now, newest first. */
    static List<Entry> history(World world, Login caller, Optional<By> by) {
        long from = world.now().minus(RETENTION).getEpochSecond();
        return world.chronicle.all().stream()
                .filter(Entry::isManagement)
                .filter(entry -> entry.record().account().equals(caller.account()))
                .filter(entry -> entry.record().eventTimeSeconds() >= from)
                .filter(entry -> by.isEmpty() || by.get().finds().test(entry))
                .sorted(Comparator.comparingLong((Entry entry) -> entry.record().eventTimeSeconds())
                        .thenComparingLong(Entry::index)
                        .reversed())
                .toList();
    }

    /** One page. {@code next} is told of the token to the following one. */
    static Ask page(
            Login caller,
            Optional<By> by,
            int size,
            Optional<String> token,
            List<Entry> expected,
            Consumer<Optional<String>> next) {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("MaxResults", size);
        by.ifPresent(found -> body.put(
                "LookupAttributes",
                List.of(Map.of("AttributeKey", found.attribute(), "AttributeValue", found.value()))));
        token.ifPresent(text -> body.put("NextToken", text));
        return Ask.json(
                "LookupEvents " + by.map(b -> b.attribute() + "=" + b.value()).orElse(""),
                caller,
                "cloudtrail",
                "CloudTrail_20131101.LookupEvents",
                body,
                Ask.ALWAYS,
                (model, answer) -> {
                    Map<String, Object> told = answer.json();
                    List<Entry> wanted = expected.subList(0, Math.min(size, expected.size()));
                    List<String> events = Json.list(told, "Events").stream()
                            .map(event -> Json.text(event, "CloudTrailEvent"))
                            .toList();
                    Mismatch.unlessEqual(
                            "number of events in history of " + caller + " " + by.map(By::attribute),
                            wanted.size(),
                            events.size());
                    for (int i = 0; i < events.size(); i++) {
                        Mismatch.unlessEqual(
                                "event " + i + " in history of " + caller,
                                wanted.get(i).record().json().utf8(),
                                events.get(i));
                    }
                    Optional<String> follows = Json.at(told, "NextToken").map(Object::toString);
                    Mismatch.unlessEqual("more history", expected.size() > size, follows.isPresent());
                    next.accept(follows);
                },
                Ask.NOTHING_DONE);
    }
}
