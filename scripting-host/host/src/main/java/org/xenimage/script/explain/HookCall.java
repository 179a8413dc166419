package org.xenimage.script.explain;

import org.xenimage.script.policy.Hook;
import org.xenimage.script.policy.Policy;

import java.time.Duration;
import java.util.Optional;

/**
 * One call of a hook, when it has ended.
 *
 * @param policy whose hook it is
 * @param hook that was called
 * @param element that it was given, by its label; empty if none
 * @param offset of the element in the source, or {@link org.xenimage.image.fault.Fault#NO_OFFSET}
 * @param detail what else is known of the element, such as its pages; empty if nothing
 * @param took on the wall
 * @param edits that it made
 * @param problem why it failed, without secrets; empty if it did not
 */
public record HookCall(
        Policy policy,
        Hook hook,
        String element,
        long offset,
        String detail,
        Duration took,
        int edits,
        Optional<String> problem) {}
