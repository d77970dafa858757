package dev.keytrail.shapegen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ShapeGeneratorTest {
    private static final String MODEL = """
            {"metadata": {"apiVersion": "1", "protocol": "json", "serviceFullName": "S", "targetPrefix": "T"},
             "operations": {"Go": {"input": {"shape": "GoRequest"}, "output": {"shape": "GoResponse"}},
                            "Stop": {}},
             "shapes": {
               "GoRequest": {"type": "structure", "required": ["Default"], "members": {
                  "Default": {"shape": "Name"}, "Kind": {"shape": "kind"}, "Secret": {"shape": "Hidden"}}},
               "GoResponse": {"type": "structure", "required": ["Name"], "members": {"Name": {"shape": "Name"}}},
               "Name": {"type": "string", "min": 1, "max": 9, "pattern": "^\\\\w$"},
               "Hidden": {"type": "blob", "sensitive": true},
               "kind": {"type": "string", "enum": ["a-b", "1"]},
               "Unused": {"type": "structure", "members": {}},
               "BadException": {"type": "structure", "exception": true, "members": {}}}}
            """;

    @TempDir
    private Path models;

    @TempDir
    private Path output;

    @BeforeEach
    void writeModels() throws IOException {
        for (String service : List.of("cloudtrail", "iam", "kms", "sns", "sts")) {
            Files.writeString(models.resolve(service + ".json"), MODEL);
        }
    }

    @Test
    void structure_ofAnInput_hasItsRequiredMembersPlain() throws IOException {
        ShapeGenerator.generate(models, output);
        assertThat(source("GoRequest"))
                .contains("String default_,", "Optional<Kind> kind,", "Optional<Secret> secret)")
                .contains("case \"Default\" -> to.default_ = in.text();")
                .contains("place.absent(\"default\")", "place.text(\"default\", default_, Limits.Name)");
    }

    @Test
    void structure_ofAnOutput_hasAllMembersOptional() throws IOException {
        ShapeGenerator.generate(models, output);
        assertThat(source("GoResponse")).contains("Optional<String> name)").doesNotContain("void check(");
    }

    @Test
    void shapes_thatNoOperationReaches_areNotWritten() throws IOException {
        ShapeGenerator.generate(models, output);
        assertThat(file("Unused")).doesNotExist();
        assertThat(file("BadException")).doesNotExist();
        assertThat(source("Kind")).contains("a_b(\"a-b\")", "_1(\"1\")");
        assertThat(source("KmsCodec")).contains("\"BadException BadException 400\"", "case 1 -> NoOutput.class;");
    }

    @Test
    void run_withoutChange_touchesNothing() throws IOException {
        ShapeGenerator.generate(models, output);
        FileTime old = FileTime.fromMillis(0);
        Files.setLastModifiedTime(file("GoRequest"), old);
        ShapeGenerator.generate(models, output);
        assertThat(Files.getLastModifiedTime(file("GoRequest"))).isEqualTo(old);
    }

    @Test
    void run_withChangedModel_writesWhatDiffersAndRemovesWhatIsGone() throws IOException {
        ShapeGenerator.generate(models, output);
        FileTime old = FileTime.fromMillis(0);
        Files.setLastModifiedTime(file("GoRequest"), old);
        Files.writeString(models.resolve("kms.json"), MODEL.replace("GoResponse", "GoneResponse"));
        ShapeGenerator.generate(models, output);
        assertThat(file("GoResponse")).doesNotExist();
        assertThat(file("GoneResponse")).exists();
        assertThat(Files.getLastModifiedTime(file("GoRequest"))).isEqualTo(old);
    }

    @Test
    void model_withWhatIsNotKnown_stopsTheBuild() throws IOException {
        Files.writeString(models.resolve("sts.json"), MODEL.replace("\"blob\"", "\"bigdecimal\""));
        assertThatIllegalStateException().isThrownBy(() -> ShapeGenerator.generate(models, output));
        Files.writeString(
                models.resolve("sts.json"),
                MODEL.replace("{\"shape\": \"kind\"}", "{\"shape\": \"kind\", \"flattened\": true}"));
        assertThatIllegalStateException().isThrownBy(() -> ShapeGenerator.generate(models, output));
    }

    private String source(String type) throws IOException {
        return Files.readString(file(type));
    }

    private Path file(String type) {
        return output.resolve("dev/keytrail/wire/shape/kms/" + type + ".java");
    }
}
