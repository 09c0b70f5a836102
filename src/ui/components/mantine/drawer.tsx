// What slides in from the side on a narrow screen.
import { Drawer as Library } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "../../lib/translation.tsx";
import { Mantine } from "./provider.tsx";

interface Props {
  title: string;
  opened: boolean;
  onClose(): void;
  children: ReactNode;
}

export function Drawer(props: Props) {
  const { t } = useTranslation();
  return (
    <Mantine>
      <Library {...props} size={240} closeButtonProps={{ "aria-label": t("close") }} />
    </Mantine>
  );
}
