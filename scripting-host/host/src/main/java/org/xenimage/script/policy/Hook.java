package org.xenimage.script.policy;

/** The functions of a policy that a run calls, in this order. */
public enum Hook {
    /** Before the first element. */
    BEGIN("onBegin", "on_begin"),
    /** The toolstack's config. */
    CONFIG("onConfig", "on_config"),
    /** Site metadata. */
    METADATA("onMetadata", "on_metadata"),
    /** A record other than PAGE_DATA. */
    RECORD("onRecord", "on_record"),
    /** A batch of pages. */
    PAGES("onPages", "on_pages"),
    /** After the last element. */
    END("onEnd", "on_end"),
    /** The run failed. */
    FAILURE("onFailure", "on_failure");

    private final String camelCase;
    private final String snakeCase;

    Hook(String camelCase, String snakeCase) {
        this.camelCase = camelCase;
        this.snakeCase = snakeCase;
    }

    /**
     * The name of the function.
     *
     * @param language of the policy
     * @return such as {@code onBegin} or {@code on_begin}
     */
    public String in(Language language) {
        return switch (language) {
            case JAVASCRIPT -> camelCase;
            case PYTHON -> snakeCase;
        };
    }
}
