// Something that wants an answer before the page goes on.
import { Modal } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "../../lib/translation.tsx";
import { Mantine } from "./provider.tsx";

interface Props {
  title: string;
  /** It stays mounted while it closes; by default whoever shows it takes it away. */
  opened?: boolean;
  onClose(): void;
  size?: "lg" | "xl" | (string & {});
  centered?: boolean;
  closeOnClickOutside?: boolean;
  children: ReactNode;
}

export function Dialog({ opened = true, size = "md", centered = false, children, ...rest }: Props) {
  const { t } = useTranslation();
  return (
    <Mantine>
      <Modal {...rest} opened={opened} size={size} centered={centered} closeButtonProps={{ "aria-label": t("close") }}>
        {children}
      </Modal>
    </Mantine>
  );
}

/** Without a head of its own; `label` is its name. */
export function BareDialog({ label, onClose, children }: { label: string; onClose(): void; children: ReactNode }) {
  return (
    <Mantine>
      <Modal.Root opened onClose={onClose} yOffset="10vh" size="lg">
        <Modal.Overlay />
        <Modal.Content aria-label={label}>{children}</Modal.Content>
      </Modal.Root>
    </Mantine>
  );
}

/** The ways out, at the end of a dialog. */
export const DialogButtons = ({ children }: { children: ReactNode }) => (
  <div className="dc-dialog-buttons">{children}</div>
);
