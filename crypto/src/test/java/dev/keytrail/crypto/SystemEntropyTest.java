package dev.keytrail.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

class SystemEntropyTest {
    @Test
    void uuid_manyThreads_areDistinctAndOfVersionFour() {
        SystemEntropy entropy = new SystemEntropy();
        Set<String> drawn = ConcurrentHashMap.newKeySet();
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int t = 0; t < 40; t++) {
                executor.execute(() -> {
                    for (int i = 0; i < 500; i++) {
                        drawn.add(entropy.uuid());
                    }
                });
            }
        }
        assertThat(drawn).hasSize(40 * 500);
        assertThat(drawn).map(UUID::fromString).allMatch(id -> id.version() == 4 && id.variant() == 2);
    }
}
