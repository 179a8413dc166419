package org.xenimage.image.record;

import java.util.Optional;

/** The parameters of {@code hvm/params.h}: HVM_PARAM_* in the order of their indices. */
final class HvmParamNames {
    /** A dash stands for an index without a name. */
    private static final String[] NAMES =
            ("CALLBACK_IRQ STORE_PFN STORE_EVTCHN - PAE_ENABLED IOREQ_PFN BUFIOREQ_PFN -"
                            + " - VIRIDIAN TIMER_MODE HPET_ENABLED IDENT_PT DM_DOMAIN ACPI_S_STATE VM86_TSS VPT_ALIGN"
                            + " CONSOLE_PFN CONSOLE_EVTCHN ACPI_IOPORTS_LOCATION MEMORY_EVENT_CR0 MEMORY_EVENT_CR3"
                            + " MEMORY_EVENT_CR4 MEMORY_EVENT_INT3 NESTEDHVM MEMORY_EVENT_SINGLE_STEP BUFIOREQ_EVTCHN"
                            + " PAGING_RING_PFN MONITOR_RING_PFN SHARING_RING_PFN MEMORY_EVENT_MSR TRIPLE_FAULT_REASON"
                            + " IOREQ_SERVER_PFN NR_IOREQ_SERVER_PAGES VM_GENERATION_ID_ADDR ALTP2M X87_FIP_WIDTH"
                            + " VM86_TSS_SIZED MCA_CAP")
                    .split(" ");

    private HvmParamNames() {}

    static Optional<String> of(long index) {
        if (index < 0 || index >= NAMES.length || NAMES[(int) index].equals("-"))
            return Optional.empty();
        return Optional.of(NAMES[(int) index]);
    }
}
