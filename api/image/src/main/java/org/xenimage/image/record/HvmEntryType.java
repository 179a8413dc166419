package org.xenimage.image.record;

import java.util.Locale;
import java.util.Optional;

/** The types of entries in an HVM context ({@code hvm/save.h}, {@code arch-x86/hvm/save.h}, HVM_SAVE_CODE). */
public enum HvmEntryType {
    /** The end of the context. */
    END(0),
    /** Which Xen saved the context, and on what processor. */
    HEADER(1),
    /** The registers of one vCPU. */
    CPU(2),
    /** One of the two i8259 interrupt controllers. */
    PIC(3),
    /** The IO-APIC. */
    IOAPIC(4),
    /** The local APIC of one vCPU, without its registers. */
    LAPIC(5),
    /** The registers of the local APIC of one vCPU. */
    LAPIC_REGS(6),
    /** The interrupt wires of the PCI bus. */
    PCI_IRQ(7),
    /** The interrupt wires of the ISA devices. */
    ISA_IRQ(8),
    /** The router of PCI interrupts to ISA ones. */
    PCI_LINK(9),
    /** The i8254 timer. */
    PIT(10),
    /** The real-time clock. */
    RTC(11),
    /** The HPET. */
    HPET(12),
    /** The ACPI power management timer. */
    PMTIMER(13),
    /** The MTRRs and the PAT of one vCPU. */
    MTRR(14),
    /** Viridian state of the guest. */
    VIRIDIAN_DOMAIN(15),
    /** The extended state of one vCPU. */
    CPU_XSAVE(16),
    /** Viridian state of one vCPU. */
    VIRIDIAN_VCPU(17),
    /** Machine check state of one vCPU. */
    VMCE_VCPU(18),
    /** IA32_TSC_ADJUST of one vCPU. */
    TSC_ADJUST(19),
    /** Further MSRs of one vCPU. */
    CPU_MSR(20);

    private final int code;

    HvmEntryType(int code) {
        this.code = code;
    }

    /** {@return the typecode on the wire} */
    public int code() {
        return code;
    }

    /** {@return the name of the entry's body among the fields, such as {@code lapic_regs}} */
    public String fieldName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * Finds a type by its code.
     *
     * @param typecode on the wire
     * @return the type, if the header names one
     */
    public static Optional<HvmEntryType> of(int typecode) {
        for (HvmEntryType type : values()) if (type.code == typecode) return Optional.of(type);
        return Optional.empty();
    }
}
