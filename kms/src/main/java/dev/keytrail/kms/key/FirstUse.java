package dev.keytrail.kms.key;

import dev.keytrail.call.Change;
import dev.keytrail.call.Effect;
import dev.keytrail.call.FollowUp;
import java.util.ArrayList;
import java.util.List;

/** An AWS managed key that the call at hand brings into being: what is to be committed with it, and the event that tells. */
public record FirstUse(List<Change<?>> changes, FollowUp creation) {
    public FirstUse {
        changes = List.copyOf(changes);
    }

    <O> Effect<O> joinedTo(Effect<O> effect) {
        List<Change<?>> all = new ArrayList<>(changes);
        all.addAll(effect.changes());
        return new Effect<>(effect.reply(), all, effect.responseElements(), effect.further(), effect.followUps())
                .andThen(creation);
    }
}
