package dev.keytrail.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keytrail.audit.Recorder;
import dev.keytrail.call.ApiError;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Caller;
import dev.keytrail.call.Change;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.FakeLedger;
import dev.keytrail.call.Job;
import dev.keytrail.call.LedgerRecord;
import dev.keytrail.call.Origin;
import dev.keytrail.call.Principal;
import dev.keytrail.call.Refused;
import dev.keytrail.call.RowCodec;
import dev.keytrail.call.RowReader;
import dev.keytrail.call.Service;
import dev.keytrail.call.ServiceEvent;
import dev.keytrail.call.State;
import dev.keytrail.call.Table;
import dev.keytrail.testkit.SeededEntropy;
import dev.keytrail.testkit.SimulatedClock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

class GateTest {
    private static final String ACCOUNT = "111122223333";
    private static final Table<Long> COUNTS =
            new Table<>("test.count", RowCodec.of((value, out) -> out.number(value), RowReader::number));

    private final FakeLedger ledger = new FakeLedger();
    private final Counters counters = new Counters();
    private final Gate gate =
            new Gate(ledger, new Recorder(new SeededEntropy(1)), new SimulatedClock(), new SeededEntropy(2), counters);

    /** Adds one to a counter; what happens between decision and commit is the test's. */
    private static final class Asked implements Case<String> {
        private final Function<Attempt, Effect<String>> decide;
        private boolean known = true;
        private int settled;

        Asked(Function<Attempt, Effect<String>> decide) {
            this.decide = decide;
        }

        @Override
        public Service service() {
            return Service.KMS;
        }

        @Override
        public String operation() {
            return "DescribeKey";
        }

        @Override
        public boolean readOnly() {
            return true;
        }

        @Override
        public Origin origin() {
            return new Origin("192.0.2.1", Optional.of("test"), "localhost", Optional.empty());
        }

        @Override
        public Identified identify(State state, Instant now) {
            if (!known) {
                throw new Refused(ApiError.of("InvalidSignatureException", "no"));
            }
            return new Identified(Caller.of(new Principal.Root(ACCOUNT), "AKIAEXAMPLE"), "eu-central-1");
        }

        @Override
        public Decided<String> decide(Attempt attempt) {
            Effect<String> effect = decide.apply(attempt);
            return new Decided<>(effect.reply(), effect);
        }

        @Override
        public Optional<Facts> requestParameters() {
            return Optional.empty();
        }

        @Override
        public String refuse(ApiError error, String requestId) {
            return error.code();
        }

        @Override
        public ApiError fault() {
            return ApiError.of("KMSInternalException", 500, "fault");
        }

        @Override
        public void settled() {
            settled++;
        }
    }

    private static Effect<String> increment(Attempt attempt) {
        long count = attempt.state().get(COUNTS, "n").orElse(0L);
        return Effect.of("was " + count, Change.put(COUNTS, "n", count + 1));
    }

    private String text(LedgerRecord record) {
        return record.json().utf8();
    }

    @Test
    void call_done_isAnsweredAndRecordedOnce() {
        Asked asked = new Asked(GateTest::increment);
        Gate.Answer<String> answer = gate.call(asked);
        assertThat(answer.reply()).isEqualTo("was 0");
        assertThat(ledger.all()).singleElement().satisfies(record -> {
            assertThat(record.account()).isEqualTo(ACCOUNT);
            assertThat(record.region()).isEqualTo("eu-central-1");
            assertThat(text(record)).contains("\"requestID\":\"" + answer.requestId() + "\"");
            assertThat(text(record)).doesNotContain("errorCode");
        });
        assertThat(ledger.read().get(COUNTS, "n")).contains(1L);
        assertThat(asked.settled).isEqualTo(1);
    }

    @Test
    void call_refused_isRecordedAndChangesNothing() {
        Gate.Answer<String> answer = gate.call(new Asked(attempt -> {
            attempt.state().get(COUNTS, "n");
            throw new Refused(ApiError.of("AccessDeniedException", "not you"));
        }));
        assertThat(answer.reply()).isEqualTo("AccessDeniedException");
        assertThat(ledger.all())
                .singleElement()
                .satisfies(record -> assertThat(text(record))
                        .contains("\"errorCode\":\"AccessDenied\"")
                        .contains("\"errorMessage\":\"not you\""));
        assertThat(ledger.read().get(COUNTS, "n")).isEmpty();
    }

    @Test
    void call_byNobody_isInTheOperatorsLedgerAccount() {
        Asked asked = new Asked(GateTest::increment);
        asked.known = false;
        assertThat(gate.call(asked).reply()).isEqualTo("InvalidSignatureException");
        assertThat(ledger.all())
                .singleElement()
                .satisfies(record -> assertThat(record.account()).isEqualTo(LedgerRecord.OPERATOR_ACCOUNT));
        assertThat(ledger.read().get(COUNTS, "n")).isEmpty();
    }

    @Test
    void call_losingTwoRaces_isDecidedAgainAndRecordedOnce() {
        int[] races = {2};
        Gate.Answer<String> answer = gate.call(new Asked(attempt -> {
            Effect<String> effect = increment(attempt);
            if (races[0]-- > 0) {
                ledger.put(COUNTS, "n", 10L + races[0]);
            }
            return effect;
        }));
        assertThat(answer.reply()).isEqualTo("was 10");
        assertThat(ledger.all()).hasSize(1);
        assertThat(ledger.read().get(COUNTS, "n")).contains(11L);
        assertThat(counters.conflicts()).isEqualTo(2);
    }

    @Test
    void call_alwaysLosing_isRecordedAsFailedAndChangesNothing() {
        Gate.Answer<String> answer = gate.call(new Asked(attempt -> {
            Effect<String> effect = increment(attempt);
            ledger.put(COUNTS, "n", 500L);
            return effect;
        }));
        assertThat(answer.reply()).isEqualTo("KMSInternalException");
        assertThat(ledger.all())
                .singleElement()
                .satisfies(record -> assertThat(text(record)).contains("\"errorCode\":\"KMSInternalException\""));
        assertThat(ledger.read().get(COUNTS, "n")).contains(500L);
    }

    @Test
    void call_defect_isRecordedAndTellsTheCallerNothing() {
        Gate.Answer<String> answer = gate.call(new Asked(_ -> {
            throw new IllegalStateException("a secret of the inside");
        }));
        assertThat(answer.reply()).isEqualTo("KMSInternalException");
        assertThat(ledger.all())
                .singleElement()
                .satisfies(record -> assertThat(text(record))
                        .contains("KMSInternalException")
                        .doesNotContain("secret of the inside"));
        assertThat(counters.defects()).isEqualTo(1);
    }

    @Test
    void call_ledgerUnavailable_isRefusedAndNothingHasChanged() {
        ledger.unavailable(true);
        Asked asked = new Asked(GateTest::increment);
        assertThat(gate.call(asked).reply()).isEqualTo("KMSInternalException");
        assertThat(ledger.all()).isEmpty();
        assertThat(counters.unrecordedRefusals()).isEqualTo(1);
        assertThat(asked.settled).isEqualTo(1);
        ledger.unavailable(false);
        assertThat(ledger.read().get(COUNTS, "n")).isEmpty();
        assertThat(gate.call(new Asked(GateTest::increment)).reply()).isEqualTo("was 0");
    }

    @Test
    void step_job_doesWhatIsDueWithItsEvents_andStops() {
        ledger.put(COUNTS, "n", 3L);
        Job job = new Job() {
            @Override
            public String name() {
                return "countdown";
            }

            @Override
            public Optional<Work> next(State state, Instant now) {
                long left = state.get(COUNTS, "n").orElse(0L);
                return left == 0
                        ? Optional.empty()
                        : Optional.of(new Work(
                                List.of(Change.put(COUNTS, "n", left - 1)),
                                List.of(new ServiceEvent(
                                        Service.KMS,
                                        "RotateKey",
                                        ACCOUNT,
                                        "us-east-1",
                                        List.of(),
                                        Optional.empty(),
                                        Optional.empty(),
                                        Optional.empty()))));
            }
        };
        assertThat(gate.step(job)).isEqualTo(3);
        assertThat(gate.step(job)).isZero();
        assertThat(ledger.all())
                .hasSize(3)
                .allSatisfy(record -> assertThat(text(record)).contains("AwsServiceEvent"));
    }
}
