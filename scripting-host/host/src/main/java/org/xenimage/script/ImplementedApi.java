package org.xenimage.script;

import org.xenimage.script.api.ObjectType;
import org.xenimage.script.api.PolicyApi;
import org.xenimage.script.policy.HeaderKeys;
import org.xenimage.script.policy.Hook;
import org.xenimage.script.view.ViewTypes;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The versions of the policy API that this release implements. */
public final class ImplementedApi {
    private ImplementedApi() {}

    /**
     * The API that this release implements, put together from the tables by which it does.
     *
     * @return the description of {@code api: 1}
     */
    public static PolicyApi current() {
        List<ObjectType> objects = new ArrayList<>();
        objects.add(HeaderKeys.HEADER);
        objects.addAll(HookArguments.all());
        objects.addAll(ViewTypes.types());
        return new PolicyApi(
                PolicyHeader.API,
                objects,
                Arrays.stream(Hook.values()).map(Hook::type).toList(),
                ViewTypes.records());
    }
}
