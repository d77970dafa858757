package dev.keytrail.audit.topic;

import dev.keytrail.call.Arn;
import dev.keytrail.call.RowCodec;
import dev.keytrail.call.RowReader;
import dev.keytrail.call.RowWriter;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A topic as its owner set it up.
 *
 * @param policy as it was put; empty: SNS' default policy
 * @param signatureVersion of its messages: 1 (SHA-1) or 2 (SHA-256)
 */
public record Topic(
        String account,
        String region,
        String name,
        Instant createdAt,
        Optional<String> policy,
        String displayName,
        int signatureVersion,
        Map<String, String> tags) {
    static final RowCodec<Topic> CODEC = RowCodec.of(Topic::write, Topic::read);

    private static final String DEFAULT_ACTIONS = "\"SNS:GetTopicAttributes\",\"SNS:SetTopicAttributes\","
            + "\"SNS:AddPermission\",\"SNS:RemovePermission\",\"SNS:DeleteTopic\",\"SNS:Subscribe\","
            + "\"SNS:ListSubscriptionsByTopic\",\"SNS:Publish\"";

    public Topic {
        tags = new TreeMap<>(tags);
    }

    public static String arn(String account, String region, String name) {
        return Arn.of("sns", region, account, name).toString();
    }

    public String arn() {
        return arn(account, region, name);
    }

    /** The policy in force. The default one speaks of the owner alone, whose identity policies decide anyway. */
    public String effectivePolicy() {
        return policy.orElseGet(() -> "{\"Version\":\"2008-10-17\",\"Id\":\"__default_policy_ID\",\"Statement\":[{"
                + "\"Sid\":\"__default_statement_ID\",\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"*\"},\"Action\":["
                + DEFAULT_ACTIONS + "],\"Resource\":\"" + arn()
                + "\",\"Condition\":{\"StringEquals\":{\"AWS:SourceOwner\":\"" + account + "\"}}}]}");
    }

    public Topic withPolicy(Optional<String> changed) {
        return new Topic(account, region, name, createdAt, changed, displayName, signatureVersion, tags);
    }

    public Topic withDisplayName(String changed) {
        return new Topic(account, region, name, createdAt, policy, changed, signatureVersion, tags);
    }

    public Topic withSignatureVersion(int changed) {
        return new Topic(account, region, name, createdAt, policy, displayName, changed, tags);
    }

    public Topic withTags(Map<String, String> changed) {
        return new Topic(account, region, name, createdAt, policy, displayName, signatureVersion, changed);
    }

    private static void write(Topic topic, RowWriter out) {
        out.version(1).text(topic.account).text(topic.region).text(topic.name).instant(topic.createdAt);
        out.optionalText(topic.policy).text(topic.displayName).number(topic.signatureVersion);
        out.texts(topic.tags);
    }

    private static Topic read(RowReader in) {
        in.version(1);
        return new Topic(
                in.text(),
                in.text(),
                in.text(),
                in.instant(),
                in.optionalText(),
                in.text(),
                in.integer(),
                new LinkedHashMap<>(in.textMap()));
    }
}
