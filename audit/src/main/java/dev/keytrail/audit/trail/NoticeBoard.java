package dev.keytrail.audit.trail;

import dev.keytrail.audit.trail.ObjectStore.Writer;

/** Port: the topics that are told of deliveries. Thread-safe; every method returns within its own time limit. */
public interface NoticeBoard {
    /** Where no topic is within reach. */
    NoticeBoard NONE = new NoticeBoard() {
        @Override
        public void publish(String topicArn, String message, Writer writer) {
            throw new ObjectStore.Failure("NotFound", "there are no topics here");
        }

        @Override
        public boolean accepts(String topicArn, Writer writer) {
            return false;
        }
    };

    /** @throws ObjectStore.Failure it was refused or the topic cannot be reached; it may have been published all the same */
    void publish(String topicArn, String message, Writer writer);

    /**
     * Whether a trail could publish there now: the topic exists and its policy lets CloudTrail in.
     *
     * @throws ObjectStore.Failure it cannot be asked
     */
    boolean accepts(String topicArn, Writer writer);
}
