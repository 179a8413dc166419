package org.xenimage.script.explain;

import org.xenimage.script.policy.Hook;
import org.xenimage.script.policy.Policy;

import java.time.Duration;
import java.util.Optional;

/**
 * One finished call of a hook.
 *
 * @param policy whose hook it is
 * @param hook that was called
 * @param element the label of its element; empty if none
 * @param offset of the element in the source, or {@link org.xenimage.image.fault.Fault#NO_OFFSET}
 * @param detail more about the element, such as its pages; empty if nothing
 * @param took wall-clock time
 * @param edits that it made
 * @param problem why it failed, without secrets; empty if it succeeded
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
