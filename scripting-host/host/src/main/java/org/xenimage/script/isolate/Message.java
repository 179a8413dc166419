package org.xenimage.script.isolate;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import java.lang.foreign.MemorySegment;

/**
 * One message.
 *
 * @param kind of the message
 * @param head its fields
 * @param bytes of an element; empty in most messages
 */
public record Message(MessageKind kind, ObjectNode head, MemorySegment bytes) {
    /**
     * A message without bytes.
     *
     * @param kind of the message
     * @param head its fields
     * @return the message
     */
    public static Message of(MessageKind kind, ObjectNode head) {
        return new Message(kind, head, MemorySegment.NULL);
    }

    /**
     * A message without fields.
     *
     * @param kind of the message
     * @return the message
     */
    public static Message of(MessageKind kind) {
        return of(kind, JsonNodeFactory.instance.objectNode());
    }
}
