package dev.keytrail.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Documents in the tables use single quotes. */
class PolicyParserTest {
    private static final String OK = "'Effect':'Allow','Action':'kms:*','Resource':'*'";

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '"',
            delimiter = '#',
            value = {
                "IDENTITY # '' # empty",
                "IDENTITY # [] # not a JSON object",
                "IDENTITY # {'Statement':[{" + OK + "}]} x # line 1, column",
                "IDENTITY # {'Statement':[{" + OK + "}],'Statement':[]} # duplicate element Statement",
                "IDENTITY # {'Statement':[{" + OK + ",'Effect':'Deny'}]} # duplicate element Effect",
                "IDENTITY # {'Statement':[{" + OK + ",'Else':1}]} # unknown element Else in statement 1",
                "IDENTITY # {'Statement':[{" + OK + ",'sid':'x'}]} # unknown element sid",
                "IDENTITY # {'Statement':[{" + OK + "}],'Else':1} # unknown element Else",
                "IDENTITY # {'Version':'2012-10-17'} # Missing required field Statement",
                "IDENTITY # {'Statement':[]} # Statement is empty",
                "IDENTITY # {'Statement':[{}]} # must be an object with elements",
                "IDENTITY # {'Statement':'x'} # must be an object or a list",
                "IDENTITY # {'Statement':null} # must be an object or a list",
                "IDENTITY # {'Version':'2012-10-18','Statement':[{" + OK + "}]} # valid version string",
                "IDENTITY # {'Version':2012,'Statement':[{" + OK + "}]} # Version must be a string",
                "IDENTITY # {'Id':1,'Statement':[{" + OK + "}]} # Id must be a string",
                "IDENTITY # {'Statement':[{'Action':'kms:*','Resource':'*'}]} # Missing required field Effect",
                "IDENTITY # {'Statement':[{'Effect':'allow','Action':'kms:*','Resource':'*'}]} # Invalid effect: allow",
                "IDENTITY # {'Statement':[{'Effect':'Allow','Resource':'*'}]} # must contain actions",
                "IDENTITY # {'Statement':[{'Effect':'Allow','Action':[],'Resource':'*'}]} # must contain actions",
                "IDENTITY # {'Statement':[{'Effect':'Allow','Action':'kms:*'}]} # must contain resources",
                "IDENTITY # {'Statement':[{" + OK + ",'NotAction':'a:b'}]} # both Action and NotAction",
                "IDENTITY # {'Statement':[{" + OK + ",'NotResource':'*'}]} # both Resource and NotResource",
                "IDENTITY # {'Statement':[{'Effect':'Allow','Action':1,'Resource':'*'}]} # must be a string or a list",
                "IDENTITY # {'Statement':[{'Effect':'Allow','Action':'Encrypt','Resource':'*'}]} # prefaced by a vendor",
                "IDENTITY # {'Statement':[{'Effect':'Allow','Action':'k*:Encrypt','Resource':'*'}]} # Vendor k* is not valid",
                "IDENTITY # {'Statement':[{'Effect':'Allow','Action':'kms:','Resource':'*'}]} # Invalid action",
                "IDENTITY # {'Statement':[{'Effect':'Allow','Action':'kms:*','Resource':'key'}]} # Resource key must be in ARN format or \"*\".",
                "IDENTITY # {'Statement':[{" + OK + ",'Principal':'*'}]} # should not specify a principal",
                "IDENTITY # {'Statement':[{" + OK + ",'Sid':'a b'}]} # alpha-numeric",
                "IDENTITY # {'Statement':[{" + OK + ",'Sid':'a'},{" + OK + ",'Sid':'a'}]} # must be unique",
                "IDENTITY # {'Statement':[{" + OK + ",'Condition':[]}]} # Condition must be an object",
                "IDENTITY # {'Statement':[{" + OK + ",'Condition':{'Bool':'x'}}]} # Bool must be an object",
                "IDENTITY # {'Statement':[{" + OK
                        + ",'Condition':{'StringIs':{'a:b':'c'}}}]} # Invalid Condition type : StringIs",
                "IDENTITY # {'Statement':[{" + OK
                        + ",'Condition':{'NullIfExists':{'a:b':'true'}}}]} # Invalid Condition type",
                "IDENTITY # {'Statement':[{" + OK
                        + ",'Condition':{'ForAnyValue:Null':{'a:b':'true'}}}]} # Invalid Condition type",
                "IDENTITY # {'Statement':[{" + OK
                        + ",'Condition':{'Bool':{'a:b':null}}}]} # must be strings, numbers or booleans",
                "IDENTITY # {'Statement':[{" + OK + ",'Condition':{'Bool':{'a:b':'yes'}}}]} # yes is not a boolean",
                "IDENTITY # {'Statement':[{" + OK + ",'Condition':{'NumericEquals':{'a:b':'x'}}}]} # x is not a number",
                "IDENTITY # {'Statement':[{" + OK + ",'Condition':{'DateEquals':{'a:b':'x'}}}]} # x is not a date",
                "IDENTITY # {'Statement':[{" + OK
                        + ",'Condition':{'BinaryEquals':{'a:b':'?'}}}]} # ? is not a base64 text",
                "IDENTITY # {'Statement':[{" + OK
                        + ",'Condition':{'IpAddress':{'a:b':'10.0.0.0/33'}}}]} # not a range of IP addresses",
                "IDENTITY # {'Version':'2012-10-17','Statement':[{" + OK
                        + ",'Condition':{'StringLike':{'a:b':'${x'}}}]} # Unclosed policy variable",
                "RESOURCE # {'Statement':[{" + OK + "}]} # Missing required field Principal",
                "RESOURCE # {'Statement':[{" + OK + ",'Principal':'x'}]} # Invalid principal in policy: \"STAR\":\"x\"",
                "RESOURCE # {'Statement':[{" + OK
                        + ",'Principal':{'AWS':'arn:aws:iam::111122223333:user/*'}}]} # Invalid principal",
                "RESOURCE # {'Statement':[{" + OK + ",'Principal':{'AWS':'12345'}}]} # Invalid principal",
                "RESOURCE # {'Statement':[{" + OK + ",'Principal':{'Else':'x'}}]} # Invalid principal",
                "RESOURCE # {'Statement':[{" + OK + ",'Principal':{'Service':'*'}}]} # Invalid principal",
                "RESOURCE # {'Statement':[{" + OK + ",'Principal':{'CanonicalUser':'x'}}]} # Invalid principal",
                "RESOURCE # {'Statement':[{" + OK + ",'Principal':{}}]} # a principal must be",
                "RESOURCE # {'Statement':[{" + OK
                        + ",'Principal':'*','NotPrincipal':'*'}]} # both Principal and NotPrincipal",
                "KEY # {'Statement':[{" + OK
                        + ",'Principal':{'AWS':'x'}}]} # Policy contains a statement with one or more invalid principals.",
                "TRUST # {'Statement':[{" + OK + ",'Principal':'*'}]} # Has prohibited field Resource"
            })
    void parse_malformed_saysWhatIsWrong(Policy.Kind kind, String document, String message) {
        String json = document.equals("''") ? "" : document.replace('\'', '"');
        assertThatThrownBy(() -> Policy.parse(json, kind))
                .isInstanceOf(MalformedPolicy.class)
                .hasMessageContaining(message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"[", "{\"Statement\":", "{\"a\":"})
    void parse_deepNesting_isRefused(String unit) {
        assertThatThrownBy(() -> Policy.parse(unit.repeat(5_000), Policy.Kind.KEY))
                .isInstanceOf(MalformedPolicy.class)
                .hasMessageContaining("nested too deeply");
    }

    @ParameterizedTest
    @EnumSource(Policy.Kind.class)
    void parse_tooLong_isRefused(Policy.Kind kind) {
        assertThatThrownBy(() -> Policy.parse(" ".repeat(Json.DOCUMENT_CHARS_MAX + 1), kind))
                .isInstanceOf(MalformedPolicy.class)
                .hasMessageContaining("longer than");
    }

    @Test
    void parse_keyPolicy_tellsItsStatementsAndPrincipals() {
        String text = ("{'Statement':[{'Sid':'a b','Effect':'Allow','Principal':{'AWS':['*','111122223333',"
                        + "'arn:aws:iam::111122223333:role/r','AIDAALICEALICEALICE01'],'Service':'s3.amazonaws.com'}},"
                        + "{'Sid':'a b','Effect':'Deny','NotPrincipal':{'AWS':'arn:aws:iam::444455556666:root'},"
                        + "'Action':'kms:*'}]}")
                .replace('\'', '"');
        Policy policy = Policy.parse(text, Policy.Kind.KEY);
        assertThat(policy.text()).isEqualTo(text);
        assertThat(policy.statements()).isEqualTo(2);
        assertThat(policy.principals())
                .containsExactlyInAnyOrder(
                        "111122223333",
                        "arn:aws:iam::111122223333:role/r",
                        "AIDAALICEALICEALICE01",
                        "arn:aws:iam::444455556666:root");
    }

    @Test
    void parse_oneStatementWithoutList_isTaken() {
        assertThat(Policy.parse(("{'Statement':{" + OK + "}}").replace('\'', '"'), Policy.Kind.IDENTITY)
                        .statements())
                .isEqualTo(1);
    }

    @Test
    void get_sameDocument_isParsedOnce() {
        PolicyCache cache = new PolicyCache(4);
        Policy first = cache.get(Given.ALLOW_ALL, Policy.Kind.IDENTITY);
        assertThat(cache.get(Given.ALLOW_ALL, Policy.Kind.IDENTITY)).isSameAs(first);
    }

    @Test
    void get_manyDocuments_forgetsTheUnused() {
        PolicyCache cache = new PolicyCache(4);
        Policy used = cache.get(Given.ALLOW_ALL, Policy.Kind.IDENTITY);
        Policy unused = cache.get(Given.DENY_ALL, Policy.Kind.IDENTITY);
        for (int i = 0; i < 20; i++) {
            cache.get(Given.ALLOW_ALL + " ".repeat(i + 1), Policy.Kind.IDENTITY);
            assertThat(cache.get(Given.ALLOW_ALL, Policy.Kind.IDENTITY)).isSameAs(used);
        }
        assertThat(cache.get(Given.DENY_ALL, Policy.Kind.IDENTITY)).isNotSameAs(unused);
    }

    @Test
    void get_sameTextOtherKind_isReadByItsOwnGrammar() {
        PolicyCache cache = new PolicyCache(4);
        cache.get(Given.DEFAULT_KEY_POLICY, Policy.Kind.KEY);
        assertThatThrownBy(() -> cache.get(Given.DEFAULT_KEY_POLICY, Policy.Kind.IDENTITY))
                .isInstanceOf(MalformedPolicy.class);
    }
}
