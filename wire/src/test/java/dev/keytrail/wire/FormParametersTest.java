package dev.keytrail.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.entry;

import dev.keytrail.call.Refused;
import dev.keytrail.call.Service;
import dev.keytrail.wire.shape.sns.PublishInput;
import dev.keytrail.wire.shape.sts.AssumeRoleRequest;
import java.nio.charset.StandardCharsets;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FormParametersTest {
    @Test
    void form_wellFormed_isDecodedInOrder() {
        FormParameters form = FormParameters.parseQuery("Action=A&b=1+2%2B%C3%A9&&c&d==%3D&Version=2011-06-15");
        assertThat(form.asMap())
                .containsExactly(
                        entry("Action", "A"),
                        entry("b", "1 2+é"),
                        entry("c", ""),
                        entry("d", "=="),
                        entry("Version", "2011-06-15"));
        assertThat(form.action()).contains("A");
        assertThat(form.version()).contains("2011-06-15");
        assertThat(form.get("x")).isEmpty();
        assertThat(FormParameters.parseQuery("").asMap()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a=%",
                "a=%4",
                "a=%zz",
                "a=%-1",
                "a=%4&b=1",
                "a=%C3",
                "a=%ED%A0%80",
                "a=%FF",
                "=1",
                "a=1&a=1",
                "a=1&%61=2"
            })
    void form_malformed_isRefused(String form) {
        assertMalformed(form);
    }

    @Test
    void form_withBareBytesThatAreNotUtf8_isRefused() {
        byte[] body = {'a', '=', (byte) 0xC3};
        assertThat(catchThrowableOfType(Refused.class, () -> FormParameters.parse(body, body.length)))
                .isNotNull();
    }

    @Test
    void form_ofTooManyParameters_isRefused() {
        String most = IntStream.range(0, FormParameters.COUNT_MAX)
                .mapToObj(i -> "p" + i + "=")
                .collect(Collectors.joining("&"));
        assertThat(FormParameters.parseQuery(most).asMap()).hasSize(FormParameters.COUNT_MAX);
        assertMalformed(most + "&one=more");
    }

    @Test
    void plus_withAnotherNameTwice_isRefused() {
        FormParameters one = FormParameters.parseQuery("a=1");
        assertThat(one.plus(FormParameters.parseQuery("b=2")).asMap()).hasSize(2);
        assertThat(catchThrowableOfType(Refused.class, () -> one.plus(one))).isNotNull();
    }

    @Test
    void text_ofParameters_showsNoValue() {
        assertThat(FormParameters.parseQuery("SecretAccessKey=s3cret").toString())
                .isEqualTo("FormParameters[1]");
    }

    @Test
    void listsAndStructures_areReadFromTheirNames() {
        AssumeRoleRequest request = (AssumeRoleRequest) decode(
                Service.STS,
                "AssumeRole",
                "RoleArn=arn:aws:iam::111122223333:role/r&RoleSessionName=s1&DurationSeconds=900"
                        + "&PolicyArns.member.1.arn=arn:aws:iam::aws:policy/ReadOnlyAccess"
                        + "&Tags.member.10.Key=b&Tags.member.10.Value=2&Tags.member.2.Key=a&Tags.member.2.Value=1"
                        + "&TransitiveTagKeys.member.1=a&X-Amz-Date=20260101T000000Z");
        assertThat(request.durationSeconds()).contains(900);
        assertThat(request.tags().orElseThrow())
                .extracting(tag -> tag.key() + tag.value())
                .containsExactly("a1", "b2");
        assertThat(request.transitiveTagKeys().orElseThrow()).containsExactly("a");
        assertThat(request.policyArns().orElseThrow().getFirst().arn())
                .contains("arn:aws:iam::aws:policy/ReadOnlyAccess");
    }

    @Test
    void mapWithItsOwnEntryNames_isRead() {
        PublishInput input = (PublishInput) decode(
                Service.SNS,
                "Publish",
                "Message=m&MessageAttributes.entry.1.Name=colour&MessageAttributes.entry.1.Value.DataType=String"
                        + "&MessageAttributes.entry.1.Value.StringValue=red");
        assertThat(input.messageAttributes().orElseThrow().get("colour").stringValue())
                .contains("red");
    }

    @Test
    void mapEntryWithoutValue_isAViolation() {
        Refused refused = catchThrowableOfType(
                Refused.class, () -> decode(Service.SNS, "Publish", "Message=m&MessageAttributes.entry.1.Name=colour"));
        assertThat(refused.error().message().orElseThrow())
                .isEqualTo("1 validation error detected: Value null at 'messageAttributes.colour.member' "
                        + "failed to satisfy constraint: Member must not be null");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "DurationSeconds=x",
                "DurationSeconds=",
                "DurationSeconds=1.5",
                "DurationSeconds=99999999999",
                "DurationSeconds.member.1=1",
                "RoleArn.x=1",
                "Tags=x",
                "Tags.1.Key=x",
                "Tags.member=x",
                "Tags.member.x.Key=a",
                "Tags.member.01.Key=a",
                "Tags.member.0.Key=a",
                "Tags.member.1=a",
                "Tags.member.99999999.Key=a",
                "Tags=x&Tags.member.1.Key=a",
                "a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q=1",
            })
    void form_thatIsNotOfTheShape_isRefused(String form) {
        Refused refused = catchThrowableOfType(Refused.class, () -> decode(Service.STS, "AssumeRole", form));
        assertThat(refused).as("refusal").isNotNull();
        assertThat(refused.error().code()).isEqualTo("MalformedInput");
    }

    private static Object decode(Service service, String operation, String form) {
        return Wire.model(service).operation(operation).orElseThrow().decodeQuery(FormParameters.parseQuery(form));
    }

    private static void assertMalformed(String form) {
        byte[] body = form.getBytes(StandardCharsets.UTF_8);
        Refused refused = catchThrowableOfType(Refused.class, () -> FormParameters.parse(body, body.length));
        assertThat(refused).as("refusal of %s", form).isNotNull();
        assertThat(refused.error().code()).isEqualTo("MalformedQueryString");
    }
}
