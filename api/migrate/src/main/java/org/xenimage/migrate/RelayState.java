package org.xenimage.migrate;

/**
 * The state of a relayed migration, which decides who owns the guest. Bytes count what was passed
 * on of the image.
 */
public sealed interface RelayState {
    /** The owner of the guest. */
    enum Owner {
        /** The sender continues to run it if the relay ends now. */
        SOURCE,
        /** The receiver has it. */
        RECEIVER,
        /** Unknown: check both hosts. */
        UNDECIDED
    }

    /** The receiver has not sent its banner yet, and the sender waits for it. */
    record Waiting() implements RelayState {}

    /**
     * The receiver did not begin with its banner; the sender gives up when it sees that.
     *
     * @param understood bytes of the receiver that matched the banner
     */
    record Misunderstood(int understood) implements RelayState {}

    /**
     * The image is on its way.
     *
     * @param bytes passed on
     * @param checkpoints that are complete: after the first one, the receiver can continue without
     *     the sender
     */
    record Passing(long bytes, long checkpoints) implements RelayState {}

    /**
     * The image was cut off: a policy, the image or one of the two ends is at fault.
     *
     * @param bytes passed on
     * @param checkpoints that are whole
     */
    record Refused(long bytes, long checkpoints) implements RelayState {}

    /**
     * The whole image was passed on. From here on the two ends decide between themselves.
     *
     * @param bytes passed on
     * @param senderGone whether it ended with a checkpoint, because the sender went away
     */
    record Ended(long bytes, boolean senderGone) implements RelayState {}

    /**
     * The receiver has the image, and waits for the sender's go-ahead.
     *
     * @param bytes passed on
     */
    record Received(long bytes) implements RelayState {}

    /**
     * The sender gave the guest away.
     *
     * @param bytes passed on
     */
    record GivenAway(long bytes) implements RelayState {}

    /**
     * The receiver reported its status.
     *
     * @param bytes passed on
     * @param status 0 if the guest runs there
     */
    record Reported(long bytes, int status) implements RelayState {}

    /** {@return the owner of the guest} */
    default Owner owner() {
        return switch (this) {
            case Waiting _, Misunderstood _, Received _ -> Owner.SOURCE;
            case Passing(_, long checkpoints) -> ownerOfBroken(checkpoints);
            case Refused(_, long checkpoints) -> ownerOfBroken(checkpoints);
            case Ended(_, boolean senderGone) -> senderGone ? Owner.RECEIVER : Owner.SOURCE;
            case GivenAway _ -> Owner.UNDECIDED;
            case Reported(_, int status) -> status == 0 ? Owner.RECEIVER : Owner.SOURCE;
        };
    }

    private static Owner ownerOfBroken(long checkpoints) {
        return checkpoints == 0 ? Owner.SOURCE : Owner.UNDECIDED;
    }

    /** {@return whether the image was passed on whole} */
    default boolean imagePassed() {
        return switch (this) {
            case Waiting _, Misunderstood _, Passing _, Refused _ -> false;
            case Ended _, Received _, GivenAway _, Reported _ -> true;
        };
    }

    /** {@return how many bytes of the image were passed on} */
    default long bytes() {
        return 0;
    }
}
