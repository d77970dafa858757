package dev.keytrail.audit.bucket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keytrail.call.Job;
import dev.keytrail.call.Ledger;
import dev.keytrail.call.State;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SweepJobTest {
    @TempDir
    Path directory;

    private BucketWorld world;

    @BeforeEach
    void bucket() {
        world = new BucketWorld(directory);
        world.put("/logs", "");
    }

    private S3Request stage(Buckets buckets, String body) throws IOException {
        S3Headers headers = S3Headers.of(Map.of("content-length", List.of(Integer.toString(body.length()))));
        S3Route route = buckets.route(new S3Head("PUT", "/logs/k", "", headers)).orElseThrow();
        byte[] bytes = body.getBytes(java.nio.charset.StandardCharsets.UTF_8);
        return buckets.receive(
                route, new ByteArrayInputStream(bytes), Optional.empty(), world.attempt(BucketWorld.ADMIN));
    }

    @Test
    void crash_betweenStageAndCommit_leavesNothingVisibleAndNoFile() throws IOException {
        stage(world.buckets, "lost");
        Files.writeString(directory.resolve("tmp/0123"), "half a draft");
        BucketWorld again = restarted();
        assertThat(again.get("/logs/k").code()).isEqualTo("NoSuchBucket");
        again.sweep();
        assertThat(again.files()).isZero();
    }

    @Test
    void restart_keepsWhatRowsReferTo() throws IOException {
        world.put("/logs/k", "kept");
        world.put("/logs/old", "x");
        world.delete("/logs/old");
        stage(world.buckets, "lost");
        SweepJob job = new SweepJob(ContentStore.open(directory, world.entropy), BucketSettings.DEFAULT.garbageKept());
        for (int i = 0; i < 3; i++) {
            assertThat(job.next(world.ledger.read(), world.clock.instant())).isEmpty();
        }
        assertThat(world.files()).isEqualTo(2);
        assertThat(world.get("/logs/k").text()).isEqualTo("kept");
    }

    @Test
    void inFlight_isNeverSwept() throws IOException {
        try (S3Request staged = stage(world.buckets, "slow")) {
            world.sweepLater();
            assertThat(world.files()).isEqualTo(1);
            assertThat(staged.staged()).isPresent();
        }
        world.sweepLater();
        assertThat(world.files()).isZero();
    }

    @Test
    void put_refusedByTheLedger_leavesNothingAndCanBeTriedAgain() {
        world.ledger.unavailable(true);
        assertThatThrownBy(() -> world.put("/logs/k", "x")).isInstanceOf(Ledger.LedgerUnavailable.class);
        world.ledger.unavailable(false);
        assertThat(world.get("/logs/k").code()).isEqualTo("NoSuchKey");
        assertThat(world.put("/logs/k", "y").status()).isEqualTo(200);
        world.sweepLater();
        assertThat(world.files()).isEqualTo(1);
        assertThat(world.get("/logs/k").text()).isEqualTo("y");
    }

    @Test
    void overwritten_isKeptForItsReadersAndThenGoes() {
        world.put("/logs/k", "one");
        world.put("/logs/k", "two");
        world.sweep();
        assertThat(world.files()).isEqualTo(2);
        world.clock.advance(BucketSettings.DEFAULT.garbageKept().minus(Duration.ofSeconds(1)));
        world.sweep();
        assertThat(world.files()).isEqualTo(2);
        world.clock.advance(Duration.ofSeconds(1));
        world.sweep();
        assertThat(world.files()).isEqualTo(1);
        assertThat(world.get("/logs/k").text()).isEqualTo("two");
        assertThat(world.ledger.read().scan(BucketTables.GARBAGE, "", "")).isEmpty();
    }

    @Test
    void crash_betweenFileAndRow_isMadeGood() {
        world.put("/logs/k", "one");
        world.delete("/logs/k");
        world.clock.advance(Duration.ofHours(1));
        Job job = world.buckets.jobs().getFirst();
        // The files are gone with this step, but its changes are never committed.
        assertThat(job.next(world.ledger.read(), world.clock.instant())).isPresent();
        assertThat(world.files()).isZero();
        world.sweep();
        assertThat(world.ledger.read().scan(BucketTables.GARBAGE, "", "")).isEmpty();
    }

    @Test
    void leftOver_isNotJudgedByTheStateItWasListedUnder() throws IOException {
        SweepJob job = new SweepJob(ContentStore.open(directory, world.entropy), Duration.ZERO);
        stage(world.buckets, "lost");
        State state = world.ledger.read();
        job.next(state, world.clock.instant());
        job.next(state, world.clock.instant());
        assertThat(world.files()).isEqualTo(1);
        job.next(world.ledger.read(), world.clock.instant());
        assertThat(world.files()).isZero();
    }

    /** The same directory, another process, an empty ledger. */
    private BucketWorld restarted() {
        return new BucketWorld(directory);
    }
}
