package org.xenimage.image.record;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Where CPUID and MSR_ARCH_CAPS have the features that {@code arch-x86/cpufeatureset.h} names: one word of names for
 * each register, in the order of its bits, a dash for a bit without a name.
 */
final class CpuidNames {
    /** The subleaf that Xen writes for a leaf without subleaves ({@code arch-x86/xen.h}, XEN_CPUID_NO_SUBLEAF). */
    static final long NO_SUBLEAF = 0xffffffffL;

    /** A register that CPUID answers in. */
    enum Register {
        EAX,
        EBX,
        ECX,
        EDX
    }

    /**
     * One register of features.
     *
     * @param leaf of CPUID
     * @param subleaf of CPUID, or {@link #NO_SUBLEAF}
     * @param register of the answer
     * @param names by bit
     */
    record Word(long leaf, long subleaf, Register register, List<String> names) {}

    /**
     * One feature.
     *
     * @param word that has it
     * @param bit in the register
     */
    record Feature(Word word, int bit) {}

    static final List<Word> WORDS =
            List.of(
                    word(
                            0x00000001L,
                            NO_SUBLEAF,
                            Register.EDX,
                            "fpu vme de pse tsc msr pae mce cx8 apic - sep mtrr pge mca cmov pat pse36 - clflush - ds "
                                    + "acpi mmx fxsr sse sse2 ss htt tm1 - pbe"),
                    word(
                            0x00000001L,
                            NO_SUBLEAF,
                            Register.ECX,
                            "sse3 pclmulqdq dtes64 monitor dscpl vmx smx eist tm2 ssse3 - sdbg fma cx16 xtpr pdcm - "
                                    + "pcid dca sse4_1 sse4_2 x2apic movbe popcnt tsc_deadline "
                                    + "aesni xsave osxsave avx f16c "
                                    + "rdrand hypervisor"),
                    word(
                            0x80000001L,
                            NO_SUBLEAF,
                            Register.EDX,
                            "- - - - - - - - - - - syscall - - - - - - - - nx - mmxext - - ffxsr page1gb rdtscp - lm "
                                    + "3dnowext 3dnow"),
                    word(
                            0x80000001L,
                            NO_SUBLEAF,
                            Register.ECX,
                            "lahf_lm cmp_legacy svm extapic cr8_legacy abm sse4a misalignsse 3dnowprefetch osvw ibs "
                                    + "xop skinit wdt - lwp fma4 - - nodeid_msr - tbm topoext - - - dbext - - monitorx "
                                    + "addr_msk_ext"),
                    word(0x0000000dL, 1, Register.EAX, "xsaveopt xsavec xgetbv1 xsaves xfd"),
                    word(
                            0x00000007L,
                            0,
                            Register.EBX,
                            "fsgsbase tsc_adjust sgx bmi1 hle avx2 fdp_excp_only smep bmi2 erms invpcid rtm pqm "
                                    + "no_fpu_sel mpx pqe avx512f avx512dq rdseed adx smap "
                                    + "avx512_ifma - clflushopt clwb "
                                    + "proc_trace avx512pf avx512er avx512cd sha avx512bw avx512vl"),
                    word(
                            0x00000007L,
                            0,
                            Register.ECX,
                            "prefetchwt1 avx512_vbmi umip pku ospke waitpkg avx512_vbmi2 cet_ss gfni vaes vpclmulqdq "
                                    + "avx512_vnni avx512_bitalg tme avx512_vpopcntdq - la57 - - - "
                                    + "- - rdpid - bld cldemote - "
                                    + "movdiri movdir64b enqcmd sgx_lc pks"),
                    word(
                            0x80000007L,
                            NO_SUBLEAF,
                            Register.EDX,
                            "- - - - - - - hw_pstate itsc cpb efro"),
                    word(
                            0x80000008L,
                            NO_SUBLEAF,
                            Register.EBX,
                            "clzero - rstr_fp_err_ptrs - - - - - - wbnoinvd - - ibpb - ibrs amd_stibp ibrs_always "
                                    + "stibp_always ibrs_fast ibrs_same_mode no_lmsl - - amd_ppin "
                                    + "amd_ssbd virt_ssbd ssb_no "
                                    + "cppc psfd btc_no ibpb_ret"),
                    word(
                            0x00000007L,
                            0,
                            Register.EDX,
                            "- sgx_keys avx512_4vnniw avx512_4fmaps fsrm uintr - - avx512_vp2intersect srbds_ctrl "
                                    + "md_clear rtm_always_abort - tsx_force_abort serialize hybrid "
                                    + "tsxldtrk - pconfig arch_lbr "
                                    + "cet_ibt - amx_bf16 avx512_fp16 amx_tile amx_int8 ibrsb stibp "
                                    + "l1d_flush arch_caps "
                                    + "core_caps ssbd"),
                    word(
                            0x00000007L,
                            1,
                            Register.EAX,
                            "sha512 sm3 sm4 - avx_vnni avx512_bf16 lass cmpccxadd arch_perf_mon - fzrm fsrs fsrcs - - "
                                    + "- - fred lkgs wrmsrns nmi_src amx_fp16 - avx_ifma - - lam "
                                    + "msrlist - - no_invd movrs"),
                    word(
                            0x80000021L,
                            NO_SUBLEAF,
                            Register.EAX,
                            "no_nest_bp fs_gs_ns lfence_dispatch - - verw_clear nscb - auto_ibrs - amd_fsrs amd_fsrc "
                                    + "- - - - - cpuid_user_dis epsf fsrsc amd_prefetchi - - "
                                    + "avx512_bmm - - - sbpb ibpb_brtype "
                                    + "srso_no srso_us_no srso_msr_fix"),
                    word(0x00000007L, 1, Register.EBX, "intel_ppin"),
                    word(
                            0x00000007L,
                            2,
                            Register.EDX,
                            "intel_psfd ipred_ctrl rrsba_ctrl ddp_ctrl bhi_ctrl mcdt_no uc_lock_dis"),
                    word(
                            0x00000007L,
                            1,
                            Register.EDX,
                            "- - - - avx_vnni_int8 avx_ne_convert - - amx_complex - avx_vnni_int16 - - - prefetchi - "
                                    + "- uiret_uif cet_sss - - - - - slsm"),
                    word(0x80000021L, NO_SUBLEAF, Register.ECX, "- tsa_sq_no tsa_l1_no"));

    private static final List<String> ARCH_CAPS =
            names(
                    "rdcl_no eibrs rsba skip_l1dfl intel_ssb_no mds_no if_pschange_mc_no tsx_ctrl taa_no "
                            + "mcu_ctrl misc_pkg_ctrl energy_filtering doitm sbdr_ssdp_no fbsdp_no psdp_no mcu_ext "
                            + "fb_clear fb_clear_ctrl rrsba bhi_no xapic_status - ovrclk_status pbrsb_no gds_ctrl "
                            + "gds_no rfds_no rfds_clear ign_umonitor mon_umon_mitg - pb_opt_ctrl - "
                            + "- - - - - - - - - - "
                            + "- - - - - - - - - - - - - - - - - - its_no");

    private static final Map<String, Feature> FEATURES = features();

    private CpuidNames() {}

    /**
     * Finds a feature.
     *
     * @param name as the header spells it, in any case; a dash or a dot counts as an underscore
     */
    static Optional<Feature> feature(String name) {
        return Optional.ofNullable(
                FEATURES.get(name.toLowerCase(Locale.ROOT).replace('-', '_').replace('.', '_')));
    }

    /** The features that are set in MSR_ARCH_CAPS. */
    static List<String> archCapabilities(long value) {
        return set(ARCH_CAPS, value);
    }

    /** The features that are set in a register; a bit without a name has none. */
    static List<String> set(List<String> names, long value) {
        List<String> set = new ArrayList<>();
        for (int bit = 0; bit < names.size(); bit++) {
            if ((value >>> bit & 1) != 0 && !names.get(bit).equals("-")) set.add(names.get(bit));
        }
        return List.copyOf(set);
    }

    private static Word word(long leaf, long subleaf, Register register, String names) {
        return new Word(leaf, subleaf, register, names(names));
    }

    private static List<String> names(String names) {
        return List.of(names.split(" "));
    }

    private static Map<String, Feature> features() {
        Map<String, Feature> features = new HashMap<>();
        for (Word word : WORDS) {
            for (int bit = 0; bit < word.names().size(); bit++) {
                String name = word.names().get(bit);
                if (!name.equals("-")) features.put(name, new Feature(word, bit));
            }
        }
        return Map.copyOf(features);
    }
}
