// A button of the head: an icon, and its name for those who don't see it.
import type { ButtonHTMLAttributes } from "react";
import { IconButton } from "../components/button.tsx";
import { Icon, type IconName } from "../components/icon.tsx";

interface Props extends ButtonHTMLAttributes<HTMLButtonElement> {
  label: string;
  icon: IconName;
  iconSize?: number;
}

/** What a menu gives its trigger goes to the button. */
export function HeadButton({ label, icon, iconSize = 18, ...rest }: Props) {
  return (
    <IconButton {...rest} color="gray" size="lg" aria-label={label}>
      <Icon name={icon} size={iconSize} />
    </IconButton>
  );
}
