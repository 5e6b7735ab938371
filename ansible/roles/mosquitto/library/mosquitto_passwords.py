#!/usr/bin/python
"""Ansible module: Mosquitto's password file, changed only where a password does."""

from __future__ import annotations

from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.mosquitto_hashes import renewed

DOCUMENTATION = """
module: mosquitto_passwords
short_description: Write Mosquitto's password file
description:
  - Keeps the line of everybody whose password is as it was. Hashes are salted, and a second run
    changes nothing all the same.
options:
  path: {description: The file., type: path, required: true}
  users: {description: Password by user name. Nobody else is let in., type: dict, required: true}
extends_documentation_fragment: [ansible.builtin.files]
author: Parlor
"""
EXAMPLES = """
- mosquitto_passwords: {path: /etc/mosquitto/passwords, users: {kitchen: secret}}
"""
RETURN = """
users: {description: Names of those whose lines changed., type: list, returned: always}
"""


def main() -> None:
    """Run as Ansible runs it."""
    module = AnsibleModule(
        argument_spec={
            "path": {"type": "path", "required": True},
            "users": {"type": "dict", "required": True, "no_log": True},
        },
        add_file_common_args=True,
        supports_check_mode=True,
    )
    users = module.params["users"]
    wrong = [name for name in users if not name or set(name) & set(":\n")]
    if wrong:
        module.fail_json(msg=f"not names of users: {wrong}")
    if not all(users.values()):
        module.fail_json(msg=f"no password: {sorted(name for name in users if not users[name])}")
    path = Path(module.params["path"])
    before = path.read_text() if path.exists() else ""
    lines = renewed(before, users)
    after = "".join(f"{name}:{line}\n" for name, line in sorted(lines.items()))
    changed = after != before
    if changed and not module.check_mode:
        draft = Path(module.tmpdir) / "passwords"
        draft.write_text(after)
        module.atomic_move(str(draft), str(path))
    if path.exists() or not module.check_mode:
        arguments = module.load_file_common_arguments(module.params)
        changed = module.set_fs_attributes_if_different(arguments, changed)
    named = [name for name, line in lines.items() if f"{name}:{line}\n" not in before]
    module.exit_json(changed=changed, users=named)


if __name__ == "__main__":
    main()
