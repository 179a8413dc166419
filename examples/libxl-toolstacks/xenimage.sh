# Policies in all saves, restores and migrations of xl. Copy to /etc/profile.d/xenimage.sh, and adapt the paths.
# On the receiving host of a migration, sshd must set the same for xl migrate-receive: SetEnv in sshd_config.
export LIBXL_SAVE_HELPER=/opt/xenimage/bin/xenimage-save-helper
export XENIMAGE_POLICIES=/etc/xen/policies
