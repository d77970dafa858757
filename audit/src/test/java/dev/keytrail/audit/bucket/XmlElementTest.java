package dev.keytrail.audit.bucket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Refused;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class XmlElementTest {
    @Test
    void parse_nested_keepsLeafTextExactly() {
        XmlElement root = XmlElement.parse(Bytes.utf8(
                "<D xmlns='x'>\n <Object><Key> a&amp;b<![CDATA[<c>]]> </Key></Object>\n <Quiet>true</Quiet></D>"));
        assertThat(root.name()).isEqualTo("D");
        assertThat(root.all("Object").getFirst().value("Key")).contains(" a&b<c> ");
        assertThat(root.value("Quiet")).contains("true");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "text",
                "<a>",
                "<a></b>",
                "<a/><b/>",
                "<!DOCTYPE a [<!ENTITY e SYSTEM 'file:///etc/hostname'>]><a>&e;</a>",
                "<!DOCTYPE a [<!ENTITY e 'eeee'>]><a>&e;</a>",
                "<!DOCTYPE a><a/>",
                "<a>&undeclared;</a>",
                "<a><a><a><a><a><a><a><a><a></a></a></a></a></a></a></a></a></a>",
            })
    void parse_brokenOrDangerous_isMalformed(String text) {
        assertThatThrownBy(() -> XmlElement.parse(Bytes.utf8(text)))
                .isInstanceOfSatisfying(
                        Refused.class, e -> assertThat(e.error().code()).isEqualTo("MalformedXML"));
    }

    @Test
    void parse_tooManyElements_isMalformed() {
        String many = "<a>" + "<b/>".repeat(XmlElement.ELEMENTS_MAX) + "</a>";
        assertThatThrownBy(() -> XmlElement.parse(Bytes.utf8(many))).isInstanceOf(Refused.class);
    }

    @Test
    void write_escapesWhatXmlNeeds() {
        String written =
                Xml.plain("Error").text("Message", "<&>\"\u0001é").bytes().utf8();
        assertThat(written).endsWith("<Error><Message>&lt;&amp;&gt;&quot;&#1;é</Message></Error>");
    }
}
