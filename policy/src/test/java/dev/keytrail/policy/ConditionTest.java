package dev.keytrail.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each operator, row by row. Values are separated by {@code |}; {@code -} is an absent key, {@code []} an empty one. */
class ConditionTest {
    @ParameterizedTest(name = "{0} wanted {1} actual {2}: {3}")
    @CsvSource(
            quoteCharacter = '"',
            value = {
                "StringEquals, a, a, true",
                "StringEquals, a, A, false",
                "StringEquals, a|b, b, true",
                "StringEquals, a*, ab, false",
                "StringEquals, a*, a*, true",
                "StringEquals, a, -, false",
                "StringEquals, a, [], false",
                "StringEqualsIfExists, a, -, true",
                "StringEqualsIfExists, a, b, false",
                "StringNotEquals, a, -, true",
                "StringNotEquals, a|b, b, false",
                "StringNotEquals, a|b, c, true",
                "StringNotEqualsIfExists, a, -, true",
                "StringEqualsIgnoreCase, a, A, true",
                "StringEqualsIgnoreCase, ä, Ä, true",
                "StringNotEqualsIgnoreCase, a, A, false",
                "StringLike, a*, ab, true",
                "StringLike, a?, a, false",
                "StringLike, A*, ab, false",
                "StringNotLike, a*, ab, false",
                "StringNotLike, a*, -, true",
                "stringequals, a, a, true",
                "NumericEquals, 5, 5.0, true",
                "NumericEquals, 5, five, false",
                "NumericNotEquals, 5, 6, true",
                "NumericNotEquals, 5, five, true",
                "NumericLessThan, 5, 4.9, true",
                "NumericLessThan, 5, 5, false",
                "NumericLessThanEquals, 5, 5, true",
                "NumericGreaterThan, 5, 1e1, true",
                "NumericGreaterThanEquals, 5, 4, false",
                "NumericGreaterThanEquals, 5, -, false",
                "NumericLessThan, 9, 1e999999999, false",
                "DateEquals, 2026-01-01T00:00:00Z, 1767225600, true",
                "DateEquals, 2026-01-01, 2026-01-01T00:00:00Z, true",
                "DateEquals, 2026-01-01T00:00Z, 2026-01-01T01:00:00+01:00, true",
                "DateNotEquals, 2026-01-01, -, true",
                "DateLessThan, 2026-01-01, 2025-12-31T23:59:59.999Z, true",
                "DateLessThanEquals, 2026-01-01, 2026-01-01T00:00:00Z, true",
                "DateGreaterThan, 1767225600, 2026-01-01T00:00:00.001Z, true",
                "DateGreaterThanEquals, 2026-01-01, soon, false",
                "Bool, true, true, true",
                "Bool, true, TRUE, true",
                "Bool, false, -, false",
                "Bool, true, 1, false",
                "BoolIfExists, true, -, true",
                "BinaryEquals, AAEC, AAEC, true",
                "BinaryEquals, AAEC, AAED, false",
                "BinaryEquals, AAEC, ???, false",
                "IpAddress, 203.0.113.0/24, 203.0.113.9, true",
                "IpAddress, 203.0.113.0/24, 203.0.114.9, false",
                "IpAddress, 203.0.113.0/29, 203.0.113.8, false",
                "IpAddress, 203.0.113.0/29, 203.0.113.7, true",
                "IpAddress, 0.0.0.0/0, 9.9.9.9, true",
                "IpAddress, 0.0.0.0/0, ::1, false",
                "IpAddress, 203.0.113.9, 203.0.113.9, true",
                "IpAddress, 2001:db8::/33, 2001:db8:7fff::1, true",
                "IpAddress, 2001:db8::/33, 2001:db8:8000::1, false",
                "IpAddress, 203.0.113.0/24, ::ffff:203.0.113.9, true",
                "IpAddress, 10.0.0.0/8, s3.amazonaws.com, false",
                "NotIpAddress, 10.0.0.0/8, s3.amazonaws.com, true",
                "NotIpAddress, 10.0.0.0/8, 10.1.1.1, false",
                "NotIpAddress, 10.0.0.0/8, -, true",
                "ArnEquals, arn:aws:iam::*:role/app/*, arn:aws:iam::111122223333:role/app/a/b, true",
                "ArnLike, arn:aws:*:role/x, arn:aws:iam::111122223333:role/x, false",
                "ArnLike, arn:aws:sns:*:*:a*, arn:aws:sns:r:1:a:b:c, true",
                "ArnLike, arn:aws:iam::*:role/x, x, false",
                "ArnNotLike, arn:aws:iam::*:role/x, x, true",
                "ArnNotEquals, arn:aws:iam::1:role/x, arn:aws:iam::1:role/x, false",
                "Null, true, -, true",
                "Null, true, [], true",
                "Null, true, a, false",
                "Null, false, a, true",
                "ForAnyValue:StringEquals, a|b, c|b, true",
                "ForAnyValue:StringEquals, a|b, c, false",
                "ForAnyValue:StringEquals, a, -, false",
                "ForAnyValue:StringEquals, a, [], false",
                "ForAnyValue:StringEqualsIfExists, a, -, true",
                "ForAnyValue:StringNotEquals, a, a|b, true",
                "ForAnyValue:StringNotEquals, a, a, false",
                "ForAnyValue:StringNotEquals, a, -, false",
                "ForAllValues:StringEquals, a|b, a|b, true",
                "ForAllValues:StringEquals, a|b, a|c, false",
                "ForAllValues:StringEquals, a, -, true",
                "ForAllValues:StringEquals, a, [], true",
                "ForAllValues:StringNotLike, a*, b|c, true",
                "ForAllValues:StringNotLike, a*, b|ab, false",
                "StringEquals, a, a|b, true",
                "StringNotEquals, a, a|b, false"
            })
    void holds_row_isAsTheReferenceSays(String operator, String wanted, String actual, boolean expected) {
        assertThat(holds(operator, wanted, context(actual))).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '"',
            delimiter = ';',
            value = {
                "StringEquals; ${aws:username}; alice; true",
                "StringEquals; ${AWS:UserName}-x; alice-x; true",
                "StringEquals; ${ aws:username }; alice; true",
                "StringEquals; ${aws:none}; alice; false",
                "StringNotEquals; ${aws:none}; alice; true",
                "StringEquals; ${aws:none, 'bob'}; bob; true",
                "StringEquals; ${aws:username, 'bob'}; bob; false",
                "StringEqualsIgnoreCase; ${aws:username}; ALICE; true",
                "StringLike; ${aws:username}*; alice/x; true",
                "StringLike; ${*}; *; true",
                "StringLike; ${*}; a; false",
                "StringLike; ${?}${$}; ?$; true",
                "StringLike; ${kms:Star}; anything; false",
                "StringLike; ${kms:Star}; *; true",
                "StringEquals; ${kms:Several}; a; false",
                "ArnLike; arn:aws:iam::*:user/${aws:username}; arn:aws:iam::1:user/alice; true"
            })
    void holds_variables_standForLiterals(String operator, String wanted, String actual, boolean expected) {
        ConditionContext context = ConditionContext.builder()
                .put("aws:username", "alice")
                .put("kms:Star", "*")
                .putAll("kms:Several", List.of("a", "b"))
                .put("kms:Key", actual)
                .build();
        assertThat(holds(operator, wanted, context)).isEqualTo(expected);
    }

    @Test
    void holds_oldVersion_takesVariablesAsText() {
        Condition condition = Condition.of("StringEquals", "k", List.of("${aws:username}"), false);
        ConditionContext context = ConditionContext.builder()
                .put("aws:username", "alice")
                .put("K", "${aws:username}")
                .build();
        assertThat(condition.holds(Given.caller(Given.ALICE).context(context).access()))
                .isTrue();
    }

    private static boolean holds(String operator, String wanted, ConditionContext context) {
        return Condition.of(operator, "KMS:key", Arrays.asList(wanted.split("\\|")), true)
                .holds(Given.caller(Given.ALICE).context(context).access());
    }

    private static ConditionContext context(String actual) {
        ConditionContext.Builder context = ConditionContext.builder();
        return switch (actual) {
            case "-" -> context.build();
            case "[]" -> context.putAll("kms:Key", List.of()).build();
            default ->
                context.putAll("kms:Key", Arrays.asList(actual.split("\\|"))).build();
        };
    }
}
