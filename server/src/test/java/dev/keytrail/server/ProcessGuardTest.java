package dev.keytrail.server;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ProcessGuardTest {
    @Test
    void memory_isClosedToOthers() {
        assertThat(ProcessGuard.isMemoryClosed()).contains(false);
        ProcessGuard.closeMemory();
        assertThat(ProcessGuard.isMemoryClosed()).contains(true);
    }
}
