package dev.keytrail.server;

import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says in the log what goes wrong and what is well again, once each. For one thread. */
final class HealthWatch {
    private static final Logger LOG = LoggerFactory.getLogger(HealthWatch.class);
    private static final Duration PAUSE = Duration.ofSeconds(5);

    private final Vitals vitals;

    /** What is wrong, by the check's name. */
    private final Map<String, String> wrong = new HashMap<>();

    HealthWatch(Vitals vitals) {
        this.vitals = vitals;
    }

    Duration step() {
        Set<String> now = new HashSet<>();
        for (Health.Check check : Health.of(vitals).checks()) {
            // How far the server is, is told as it happens.
            if (!check.isWell() && !check.name().equals("server")) {
                String text = check.text().orElseThrow();
                now.add(check.name());
                if (wrong.put(check.name(), text) == null) {
                    LOG.warn("health, {}: {}", check.name(), text);
                }
            }
        }
        wrong.keySet().removeIf(name -> {
            boolean over = !now.contains(name);
            if (over) {
                LOG.info("health, {}: well again", name);
            }
            return over;
        });
        return PAUSE;
    }
}
