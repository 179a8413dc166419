package org.xenimage.script.isolate;

import org.xenimage.image.element.RecordFrame;

import java.util.Optional;

/** The kinds of messages between a host and a policy's process; {@code docs/isolation.md} has their fields. */
public enum MessageKind {
    /** The first message: the policy and its limits. */
    OPEN(0x01, Sender.HOST, false),
    /** Load the policy and call its first hook; has what is known about the image. */
    BEGIN(0x02, Sender.HOST, false),
    /** An element for its hook, with its bytes; those of a batch are in the shared memory. */
    ELEMENT(0x03, Sender.HOST, true),
    /** The image has ended: call the last hook. */
    END(0x04, Sender.HOST, false),
    /** The run failed: undo, and call the hook for that. */
    FAIL(0x05, Sender.HOST, false),
    /** The run begins again: undo. */
    UNDO(0x06, Sender.HOST, false),
    /** What came of a use of a grant; the text is in the bytes. */
    ANSWERED(0x07, Sender.HOST, true),
    /** A section of a site for its hook, with its bytes. */
    SECTION(0x08, Sender.HOST, true),

    /** The process is ready for a policy. */
    READY(0x41, Sender.POLICY, false),
    /** A line of output of the policy. */
    SAID(0x42, Sender.POLICY, false),
    /** Edits of a hook. */
    EDITED(0x43, Sender.POLICY, false),
    /** The outcome of the policy. */
    OUTCOME(0x44, Sender.POLICY, false),
    /** How many undo functions were called. */
    UNDONE(0x45, Sender.POLICY, false),
    /** A hook was called, and how long it took. */
    CALLED(0x46, Sender.POLICY, false),
    /** The element is kept; the pages of a batch are in the shared memory. */
    KEPT(0x47, Sender.POLICY, false),
    /** An element that replaces the given one, or is added beside it. */
    MADE(0x48, Sender.POLICY, true),
    /** The request is complete. */
    DONE(0x49, Sender.POLICY, false),
    /** The request failed, and so does the run. */
    THROWN(0x4a, Sender.POLICY, false),
    /** A question: the policy uses a grant, and waits for what comes of it. */
    ASKED(0x4b, Sender.POLICY, false),
    /** A section that the policy adds, with its bytes. */
    ADDED(0x4c, Sender.POLICY, true),
    /** A section that replaces the given one, with its bytes. */
    REPLACED(0x4d, Sender.POLICY, true);

    /** Who sends messages of a kind. */
    public enum Sender {
        /** The host. */
        HOST,
        /** The policy's process. */
        POLICY
    }

    /** The longest head of a message: the longest config, with every character escaped. */
    static final int HEAD_MAX = 96 << 20;

    private final int code;
    private final Sender sender;
    private final boolean bytes;

    MessageKind(int code, Sender sender, boolean bytes) {
        this.code = code;
        this.sender = sender;
        this.bytes = bytes;
    }

    int code() {
        return code;
    }

    Sender sender() {
        return sender;
    }

    /** How many bytes may follow the head: none, or at most the longest record. */
    long bytesMax() {
        return bytes ? RecordFrame.paddedLength(RecordFrame.BODY_LENGTH_MAX) : 0;
    }

    /** The longest head that is accepted. */
    int headMax() {
        return sender == Sender.HOST ? HEAD_MAX : 16 << 20;
    }

    static Optional<MessageKind> of(int code, Sender sender) {
        for (MessageKind kind : values())
            if (kind.code == code && kind.sender == sender) return Optional.of(kind);
        return Optional.empty();
    }
}
