package dev.keytrail.server;

import dev.keytrail.audit.op.ExplainEvent;
import dev.keytrail.policy.Explanation;
import dev.keytrail.policy.Grounds;
import dev.keytrail.policy.Grounds.Mismatch;
import java.util.List;
import tools.jackson.core.JsonGenerator;

/** How ExplainEvent's answer is spelled. */
final class Why {
    private Why() {}

    static void write(JsonGenerator json, ExplainEvent.Output why) {
        json.writeStringProperty("EventId", why.event().eventId());
        json.writeStringProperty("EventName", why.event().eventName());
        texts(json, "Lines", why.explanation().lines());
        json.writeArrayPropertyStart("Decisions");
        for (Explanation.Entry entry : why.explanation().entries()) {
            json.writeStartObject();
            switch (entry) {
                case Explanation.Said(String text) -> json.writeStringProperty("Remark", text);
                case Grounds grounds -> write(json, grounds);
            }
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeStringProperty("CloudTrailEvent", why.event().json().utf8());
    }

    private static void write(JsonGenerator json, Grounds grounds) {
        json.writeStringProperty(
                "Decision",
                switch (grounds.verdict()) {
                    case ALLOWED -> "Allowed";
                    case DENIED -> "ExplicitlyDenied";
                    case NOT_ALLOWED -> "NotAllowed";
                });
        grounds.layer().ifPresent(layer -> json.writeStringProperty("PolicyKind", layer));
        json.writeStringProperty("Action", grounds.action());
        json.writeStringProperty("Resource", grounds.resource());
        texts(json, "Circumstances", grounds.circumstances());
        json.writeArrayPropertyStart("Policies");
        for (Grounds.Consulted policy : grounds.consulted()) {
            json.writeStartObject();
            json.writeStringProperty("PolicyKind", policy.kind());
            json.writeStringProperty("Policy", policy.name());
            json.writeArrayPropertyStart("Statements");
            policy.statements().forEach(statement -> write(json, statement));
            json.writeEndArray();
            json.writeEndObject();
        }
        json.writeEndArray();
        if (grounds.left() > 0) {
            json.writeNumberProperty("StatementsLeftOut", grounds.left());
        }
    }

    private static void write(JsonGenerator json, Grounds.Examined statement) {
        json.writeStartObject();
        json.writeNumberProperty("Number", statement.number());
        statement.sid().ifPresent(sid -> json.writeStringProperty("Sid", sid));
        json.writeStringProperty("Effect", statement.allow() ? "Allow" : "Deny");
        json.writeBooleanProperty("Applies", statement.mismatch().isEmpty());
        if (statement.mismatch().isPresent()) {
            Mismatch mismatch = statement.mismatch().get();
            json.writeStringProperty("Reason", mismatch.inWords());
            if (mismatch
                    instanceof
                    Mismatch.ConditionFails(String operator, String key, List<String> wanted, List<String> actual)) {
                json.writeObjectPropertyStart("Condition");
                json.writeStringProperty("Operator", operator);
                json.writeStringProperty("Key", key);
                texts(json, "Wanted", wanted);
                texts(json, "Actual", actual);
                json.writeEndObject();
            }
        }
        json.writeEndObject();
    }

    private static void texts(JsonGenerator json, String name, List<String> texts) {
        json.writeArrayPropertyStart(name);
        texts.forEach(json::writeString);
        json.writeEndArray();
    }
}
