package dev.keytrail.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keytrail.call.Histogram;
import org.junit.jupiter.api.Test;

class ExpositionTest {
    private final Exposition out = new Exposition();

    @Test
    void families_areWrittenAsThePrometheusFormatSays() {
        out.counter("keytrail_calls_total", "Calls.").sample(3, "service", "kms", "outcome", "ok");
        out.gauge("keytrail_free", "Two\nlines, a \\.").sample(0.00025);
        Histogram seen = new Histogram(500, 2_500);
        seen.observe(400);
        seen.observe(1_000);
        seen.observe(9_000);
        out.histogram("keytrail_took_seconds", "Time.").samples(seen.snapshot(), 1_000_000, "operation", "Encrypt");
        assertThat(out.text().utf8()).isEqualTo("""
                # HELP keytrail_calls_total Calls.
                # TYPE keytrail_calls_total counter
                keytrail_calls_total{service="kms",outcome="ok"} 3
                # HELP keytrail_free Two\\nlines, a \\\\.
                # TYPE keytrail_free gauge
                keytrail_free 0.00025
                # HELP keytrail_took_seconds Time.
                # TYPE keytrail_took_seconds histogram
                keytrail_took_seconds_bucket{operation="Encrypt",le="0.0005"} 1
                keytrail_took_seconds_bucket{operation="Encrypt",le="0.0025"} 2
                keytrail_took_seconds_bucket{operation="Encrypt",le="+Inf"} 3
                keytrail_took_seconds_sum{operation="Encrypt"} 0.0104
                keytrail_took_seconds_count{operation="Encrypt"} 3
                """);
    }

    @Test
    void labelValues_areEscaped() {
        out.gauge("a", "A.").sample(1, "l", "a\"b\\c\nd");
        assertThat(out.text().utf8()).endsWith("a{l=\"a\\\"b\\\\c\\nd\"} 1\n");
    }

    @Test
    void whatAParserWouldRefuse_isRefused() {
        out.gauge("a", "A.").sample(1);
        assertThatThrownBy(() -> out.gauge("a", "Again.")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> out.counter("b", "No total.")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> out.gauge("a-b", "Dash.")).isInstanceOf(IllegalArgumentException.class);
        Exposition.Family family = out.gauge("c", "C.").sample(1, "l", "x");
        assertThatThrownBy(() -> family.sample(2, "l", "x")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> family.sample(2, "L", "x")).isInstanceOf(IllegalArgumentException.class);
    }
}
