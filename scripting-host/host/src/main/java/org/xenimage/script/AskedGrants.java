package org.xenimage.script;

import org.xenimage.script.grant.GrantAccess;
import org.xenimage.script.grant.GrantResult;
import org.xenimage.script.grant.GrantUse;
import org.xenimage.script.isolate.ChildInbox;
import org.xenimage.script.isolate.Message;
import org.xenimage.script.policy.GrantKind;
import org.xenimage.script.policy.Policy;

import java.util.function.Consumer;

/**
 * The grants in a policy's own process: each use is a question to the host, which alone knows what a name stands for.
 * On the thread of the script.
 */
final class AskedGrants implements GrantAccess {
    private final Policy policy;
    private final ChildInbox inbox;
    private final Consumer<Message> out;
    private long asked;

    AskedGrants(Policy policy, ChildInbox inbox, Consumer<Message> out) {
        this.policy = policy;
        this.inbox = inbox;
        this.out = out;
    }

    @Override
    public GrantKind kind(String name) {
        return GrantAccess.wanted(policy, name);
    }

    @Override
    public GrantResult use(GrantUse use) throws InterruptedException {
        asked++;
        out.accept(StageMessages.asked(asked, use.cut()));
        return StageMessages.result(inbox.answer(asked));
    }
}
