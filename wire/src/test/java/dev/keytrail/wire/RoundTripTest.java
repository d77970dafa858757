package dev.keytrail.wire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keytrail.call.Service;
import dev.keytrail.wire.codec.Place;
import dev.keytrail.wire.codec.Violations;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.w3c.dom.Element;

/** Every structure of every service survives its wire forms; the seed is in the failure. */
class RoundTripTest {
    private static final int ROUNDS = 5;
    private static final String REQUEST_ID = "11111111-2222-3333-4444-555555555555";

    static Stream<OperationModel> operations() {
        return Wire.modelled().stream().flatMap(service -> Wire.model(service).operations().stream());
    }

    static Stream<OperationModel> queryOperations() {
        return operations().filter(operation -> Wire.model(operation.service()).protocol() == Protocol.QUERY);
    }

    @ParameterizedTest
    @MethodSource("operations")
    void json_ofAnyInput_isReadAsWritten(OperationModel operation) {
        for (long seed = 0; seed < ROUNDS; seed++) {
            Object input = new RandomShapes(seed).ofType(operation.inputClass());
            JsonWriter out = new JsonWriter();
            operation.codec().writeInput(operation.index(), input, out);
            if (input instanceof NoInput) {
                continue;
            }
            byte[] json = out.toByteArray();
            Violations violations = new Violations();
            try (JsonReader in = JsonReader.of(json, json.length)) {
                Object read = operation.codec().readInput(operation.index(), in, Place.root(violations));
                in.end();
                assertSame(read, input, seed);
            }
            assertThat(violations.message()).isEmpty();
        }
    }

    @ParameterizedTest
    @MethodSource("operations")
    void json_ofAnyOutput_isReadAsWritten(OperationModel operation) {
        for (long seed = 0; seed < ROUNDS; seed++) {
            Object output = new RandomShapes(seed).ofType(operation.outputClass());
            byte[] json = operation.encodeJson(output);
            if (output instanceof NoOutput) {
                assertThat(json).isEmpty();
                continue;
            }
            try (JsonReader in = JsonReader.of(json, json.length)) {
                Object read = operation.codec().readOutput(operation.index(), in, Place.root(new Violations()));
                in.end();
                assertSame(read, output, seed);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("queryOperations")
    void form_ofAnyInput_isReadAsWritten(OperationModel operation) {
        for (long seed = 0; seed < ROUNDS; seed++) {
            Object input = new RandomShapes(seed).ofType(operation.inputClass());
            FormWriter out = new FormWriter();
            operation.codec().writeInput(operation.index(), input, out);
            String form = "Action=" + operation.name() + (out.form().isEmpty() ? "" : "&" + out.form());
            FormReader in = new FormReader(FormParameters.parseQuery(form));
            Violations violations = new Violations();
            Object read = operation.codec().readInput(operation.index(), in, Place.root(violations));
            assertSame(read, input, seed);
            assertThat(violations.message()).isEmpty();
        }
    }

    @ParameterizedTest
    @MethodSource("queryOperations")
    void xml_ofAnyOutput_isWellFormedAndSaysTheSame(OperationModel operation) {
        for (long seed = 0; seed < ROUNDS; seed++) {
            Object output = new RandomShapes(seed).ofType(operation.outputClass());
            Element root = XmlForm.root(operation.encodeXml(output, REQUEST_ID));
            assertThat(root.getLocalName()).isEqualTo(operation.name() + "Response");
            assertThat(root.getNamespaceURI())
                    .isEqualTo(Wire.model(operation.service()).xmlNamespace());
            List<Element> parts = XmlForm.children(root);
            assertThat(parts.getLast().getTextContent()).isEqualTo(REQUEST_ID);
            if (output instanceof NoOutput) {
                assertThat(parts).hasSize(1);
                continue;
            }
            assertThat(parts.getFirst().getLocalName()).isEqualTo(operation.name() + "Result");
            FormReader in = new FormReader(XmlForm.result(root));
            Object read = operation.codec().readOutput(operation.index(), in, Place.root(new Violations()));
            assertSame(read, output, seed);
        }
    }

    @ParameterizedTest
    @MethodSource("operations")
    void input_ofAnyValues_isCheckedWithoutDefect(OperationModel operation) {
        for (long seed = 0; seed < ROUNDS; seed++) {
            Object input = new RandomShapes(seed).ofType(operation.inputClass());
            Violations violations = new Violations();
            operation.codec().checkInput(operation.index(), input, Place.root(violations));
            violations
                    .message()
                    .ifPresent(message -> assertThat(message)
                            .matches("(?s)(1 validation error|\\d+ validation errors) detected: Value .*"));
        }
    }

    @Test
    void models_haveAllOperations() {
        assertThat(Wire.modelled().stream()
                        .map(service -> Wire.model(service).operations().size()))
                .containsExactly(56, 60, 11, 99, 18);
        assertThat(Wire.modelled())
                .containsExactly(Service.KMS, Service.CLOUDTRAIL, Service.STS, Service.IAM, Service.SNS);
    }

    private static void assertSame(Object read, Object written, long seed) {
        assertThat(RandomShapes.textOf(read)).as("seed %d", seed).isEqualTo(RandomShapes.textOf(written));
    }
}
